/* Preloaded into a process under test: while the file FAULTY_WHILE is there, writing below FAULTY_FOLDER fails with FAULTY_ERROR. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static int refuses(int file) {
  const char *folder = getenv("FAULTY_FOLDER"), *while_there = getenv("FAULTY_WHILE"), *error = getenv("FAULTY_ERROR");
  char link[64], path[PATH_MAX];
  ssize_t length;
  if (!folder || !while_there || !error || access(while_there, F_OK) != 0) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (strncmp(path, folder, strlen(folder)) != 0) return 0;
  errno = atoi(error);
  return 1;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t count) {
  return refuses(file) ? -1 : REAL(ssize_t, write, int, const void *, size_t)(file, data, count);
}
ssize_t pwrite64(int file, const void *data, size_t count, off64_t offset) {
  return refuses(file) ? -1 : REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t)(file, data, count, offset);
}
ssize_t pwrite(int file, const void *data, size_t count, off_t offset) {
  return refuses(file) ? -1 : REAL(ssize_t, pwrite, int, const void *, size_t, off_t)(file, data, count, offset);
}
ssize_t writev(int file, const struct iovec *parts, int count) {
  return refuses(file) ? -1 : REAL(ssize_t, writev, int, const struct iovec *, int)(file, parts, count);
}
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
  return refuses(file) ? -1 : REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)(file, parts, count, offset);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
  return refuses(file) ? -1 : REAL(ssize_t, pwritev64, int, const struct iovec *, int, off64_t)(file, parts, count, offset);
}
int fsync(int file) { return refuses(file) ? -1 : REAL(int, fsync, int)(file); }
int fdatasync(int file) { return refuses(file) ? -1 : REAL(int, fdatasync, int)(file); }
