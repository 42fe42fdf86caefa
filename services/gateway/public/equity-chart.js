import { element } from "./dom.js";
import uPlot from "./vendor/uPlot.esm.js";

const MAXIMUM_POINTS = 7_200;

/** Equity over time. Redrawn from scratch when the colours change. */
export class EquityChart {
	#holder;
	#plot = null;
	#times = [];
	#values = [];
	#empty = element("p", { class: "empty" }, "The curve begins with the first cut of the books.");

	constructor(holder) {
		this.#holder = holder;
		holder.append(this.#empty);
		new ResizeObserver(() => this.#resize()).observe(holder);
		matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#rebuild());
	}

	/** @param points list of {atMs, profit}, oldest first; @param decimals of the quote asset */
	load(points, decimals) {
		this.#times = points.map(({ atMs }) => atMs / 1_000);
		this.#values = points.map(({ profit }) => Number(profit) / 10 ** decimals);
		this.#draw();
	}

	add({ atMs, profit, decimals }) {
		const time = atMs / 1_000;
		if (time <= (this.#times.at(-1) ?? 0)) return;
		this.#times.push(time);
		this.#values.push(Number(profit) / 10 ** decimals);
		if (this.#times.length > MAXIMUM_POINTS) {
			this.#times.shift();
			this.#values.shift();
		}
		this.#draw();
	}

	#draw() {
		this.#empty.hidden = this.#times.length > 1;
		if (this.#times.length < 2) return;
		if (this.#plot) this.#plot.setData([this.#times, this.#values]);
		else this.#build();
	}

	#rebuild() {
		this.#plot?.destroy();
		this.#plot = null;
		this.#draw();
	}

	#resize() {
		const { clientWidth: width, clientHeight: height } = this.#holder;
		if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
	}

	#build() {
		const style = getComputedStyle(document.documentElement);
		const colour = (name) => style.getPropertyValue(name).trim();
		const font = `11px ${style.fontFamily}`;
		const axis = {
			stroke: colour("--muted"),
			font,
			grid: { stroke: colour("--line"), width: 1 },
			ticks: { show: false },
		};
		const { clientWidth: width, clientHeight: height } = this.#holder;
		this.#plot = new uPlot(
			{
				width: Math.max(width, 120),
				height: Math.max(height, 120),
				padding: [8, 4, 0, 0],
				legend: { show: false },
				cursor: { y: false, points: { size: 7 } },
				scales: { y: { range: (_plot, low, high) => padded(low, high) } },
				axes: [
					{ ...axis, size: 26, space: 90, values: (_plot, moments) => moments.map(clock) },
					{ ...axis, size: 68, values: (_plot, values) => labels(values) },
				],
				series: [
					{},
					{
						stroke: colour("--accent"),
						width: 2,
						fill: colour("--accent-soft"),
						points: { show: false },
						paths: uPlot.paths.stepped({ align: 1 }),
					},
				],
			},
			[this.#times, this.#values],
			this.#holder,
		);
	}
}

/** Room above and below, also for a flat line. */
function padded(low, high) {
	const span = high - low;
	const room = span > 0 ? span * 0.08 : Math.max(Math.abs(high) * 0.1, 0.01);
	return [low - room, high + room];
}

function clock(seconds) {
	const moment = new Date(seconds * 1_000);
	return [moment.getHours(), moment.getMinutes(), moment.getSeconds()]
		.map((part) => String(part).padStart(2, "0"))
		.join(":");
}

function labels(values) {
	const step = values.length > 1 ? Math.abs(values[1] - values[0]) : 1;
	const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step || 1))));
	return values.map((value) => value.toFixed(decimals).replace("-", "−"));
}
