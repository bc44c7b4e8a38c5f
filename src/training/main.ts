// The trainer process: being written.
export {};
