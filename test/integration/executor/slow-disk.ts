import { type OpenSegment, openSegmentFile } from "../../../libs/journal/segment-file.ts";

/** A disk whose fsync can be held back, or made to fail. Everything else is a real file. */
export class SlowDisk {
	#held: { readonly promise: Promise<void>; readonly release: () => void } | null = null;
	fails = false;
	/** Syncs that were asked for while the disk was held. */
	waiting = 0;

	readonly open: OpenSegment = (path) => {
		const file = openSegmentFile(path);
		return {
			write: (bytes) => file.write(bytes),
			sync: async () => {
				if (this.#held) {
					this.waiting++;
					await this.#held.promise;
				}
				if (this.fails) throw new Error("input/output error");
				await file.sync();
			},
			close: () => file.close(),
		};
	};

	hold(): void {
		let release = () => {};
		const promise = new Promise<void>((resolve) => {
			release = resolve;
		});
		this.#held = { promise, release };
	}

	release(): void {
		this.#held?.release();
		this.#held = null;
	}
}
