// The loss curves panel: being written.
export {};
