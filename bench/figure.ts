/** What a figure is and what it should be. */
export interface Figure {
	/** Its name in the JSON output; never changes its meaning. */
	readonly key: string;
	readonly what: string;
	readonly unit: "ratio" | "µs" | "ms" | "ns" | "%" | "/s" | "MB";
	/** What it must not exceed; null for a figure that only explains others, or that has to reach something. */
	readonly atMost: number | null;
	/** What it must reach. */
	readonly atLeast?: number;
}

/** Measures some figures that belong together. */
export interface Benchmark {
	readonly name: string;
	readonly figures: readonly Figure[];
	/** One value a figure, by key. */
	measure(onProgress: (share: number) => void): Promise<Readonly<Record<string, number>>>;
}
