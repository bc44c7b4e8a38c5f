import { ConfigurationError, FileError } from '../util/errors.ts';

const setting = 'the setting sequenceLab.corpus.downloadUrl';

/**
 * The address of a folder that a corpus is downloaded from.
 *
 * @throws ConfigurationError for what is no address, is not https (http only to this machine), or holds a password
 */
export function folderAddress(text: string): URL {
  let address: URL;
  try {
    address = new URL(text.trim());
  } catch (error) {
    throw new ConfigurationError(`${JSON.stringify(text)} is not a web address; correct ${setting}`, { cause: error });
  }
  // Not repeated: it may end up in a log, or on a screenshot.
  if (address.username !== '' || address.password !== '')
    throw new ConfigurationError(`an address with a user name or a password in it is not allowed; correct ${setting}`);
  if (address.protocol !== 'https:' && !isOfThisMachine(address))
    throw new ConfigurationError(`${address.href} does not begin with https://; correct ${setting}`);
  if (!address.pathname.endsWith('/')) address.pathname += '/';
  address.hash = '';
  return address;
}

/** The address of a file in such a folder. */
export function fileAddress(folder: URL, name: string): URL {
  const address = new URL(name, folder);
  address.search = folder.search;
  return address;
}

/**
 * Where an answer sends us on to.
 *
 * @param location as the answer has it, perhaps relative
 * @throws FileError where that is no place to go: not https (http only from and to this machine), or with a password
 */
export function redirectedAddress(from: URL, location: string | null): URL {
  const to = location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to === undefined) throw new FileError(`${from.href} redirects to something that is not a web address`);
  const isSafe = to.protocol === 'https:' || (isOfThisMachine(to) && isOfThisMachine(from));
  if (!isSafe || to.username !== '' || to.password !== '')
    throw new FileError(
      `${from.href} redirects to ${to.protocol}//${to.host}, which is not followed: only https is allowed`,
    );
  return to;
}

function isOfThisMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
