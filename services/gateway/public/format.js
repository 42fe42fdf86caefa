/** Numbers for the eye. Amounts come as decimal strings of base units and stay exact as long as they are shown whole. */

/** Base units as an exact decimal with thousands separated. */
export function amount(units, decimals, { signed = false } = {}) {
	const value = BigInt(units);
	const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, "0");
	const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ",");
	const fraction = decimals === 0 ? "" : `.${digits.slice(digits.length - decimals)}`;
	return `${value < 0n ? "−" : signed && value > 0n ? "+" : ""}${whole}${fraction}`;
}

/** The same, cut after a few decimals: for columns where the order of magnitude counts. */
export function brief(units, decimals, options) {
	const text = amount(units, decimals, options);
	const point = text.indexOf(".");
	if (point < 0) return text;
	const wholeDigits = text.slice(0, point).replace(/\D/g, "").length;
	// Small amounts need their decimals; of large ones nobody reads them.
	const kept = wholeDigits > 3 ? 2 : 4;
	const cut = text.slice(0, point + 1 + kept);
	const vanished = !/[1-9]/.test(cut) && /[1-9]/.test(text);
	return vanished ? text.replace(/([1-9]\d)\d*$/, "$1") : cut;
}

/** A price, with as many digits as tell it from its neighbours. */
export function price(value) {
	if (!(value > 0)) return "–";
	if (value >= 1000) return value.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",");
	if (value >= 1) return value.toFixed(4);
	return value.toFixed(Math.min(16, 4 - Math.floor(Math.log10(value))));
}

export function micros(value) {
	if (value < 1_000) return `${value} µs`;
	if (value < 1_000_000) return `${(value / 1_000).toFixed(value < 10_000 ? 2 : 1)} ms`;
	return `${(value / 1_000_000).toFixed(2)} s`;
}

export function count(value) {
	return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function duration(seconds) {
	const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
	return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** Time of day of a moment in microseconds since the Unix epoch. */
export function timeOfDay(epochMicros) {
	const moment = new Date(epochMicros / 1_000);
	const parts = [moment.getHours(), moment.getMinutes(), moment.getSeconds()];
	return `${parts.map((part) => String(part).padStart(2, "0")).join(":")}.${String(moment.getMilliseconds()).padStart(3, "0")}`;
}

/** Venues of a route, without what all their names begin with. */
export function venuePath(venues) {
	const family = venues[0]?.split("-")[0];
	const shared = venues.length > 1 && venues.every((venue) => venue.startsWith(`${family}-`));
	return venues.map((venue) => (shared ? venue.slice(family.length + 1) : venue)).join(" → ");
}

export function short(text, kept = 4) {
	return text.length <= kept * 2 + 1 ? text : `${text.slice(0, kept)}…${text.slice(-kept)}`;
}

/** "gain", "loss" or "" by the sign of an amount. */
export function tone(units) {
	const value = BigInt(units);
	return value > 0n ? "gain" : value < 0n ? "loss" : "";
}
