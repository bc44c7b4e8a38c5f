/** The folder to name in SEQUENCE_LAB_TFJS_NODE. */
export declare const tensorflowFolder: string;
/** Whether the library is there, whole, and the one that the files here ask for. */
export declare function isInstalled(): boolean;
