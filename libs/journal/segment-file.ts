import { closeSync, fdatasync, openSync, writeSync } from "node:fs";

/** An open segment file. Tests give one that fails, to see that a failing disk stops the money. */
export interface SegmentFile {
	/** Hands all bytes to the operating system before it returns: they survive the end of this process. */
	write(bytes: Uint8Array): void;
	/** Resolves when everything written so far survives a power cut. */
	sync(): Promise<void>;
	close(): void;
}

export type OpenSegment = (path: string) => SegmentFile;

/** Opens a file for appending, making it (mode 0600) when it is absent. */
export const openSegmentFile: OpenSegment = (path) => {
	const descriptor = openSync(path, "a", 0o600);
	return {
		write(bytes) {
			for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at, bytes.length - at);
		},
		sync: () => new Promise((resolve, reject) => fdatasync(descriptor, (error) => (error ? reject(error) : resolve()))),
		close: () => closeSync(descriptor),
	};
};
