import { describe, expect, test } from "@jest/globals";
import { SlotClock } from "../../../../core/market/slot-clock.ts";

describe("SlotClock", () => {
	test("refuses slots that are not newer", () => {
		const clock = new SlotClock();
		expect(clock.slot).toBe(-1);
		expect(clock.observe(10, 1_000)).toBe(true);
		expect(clock.observe(10, 2_000)).toBe(false);
		expect(clock.observe(9, 3_000)).toBe(false);
		expect(clock.slot).toBe(10);
		expect(clock.observedAtMicros).toBe(1_000);
	});

	test("believes in Solana's slot until three were observed", () => {
		const clock = new SlotClock();
		for (let slot = 0; slot < 3; slot++) clock.observe(slot, slot * 100_000);
		expect(clock.slotDurationMicros).toBe(400_000);
		clock.observe(3, 300_000);
		expect(clock.slotDurationMicros).toBe(100_000);
		expect(clock.durationMicros(5)).toBe(500_000);
	});

	test("counts skipped slots, and is not taught patience by one long pause", () => {
		const clock = new SlotClock();
		let at = 0;
		for (let slot = 0; slot < 12; slot += 2) {
			at += 200_000;
			clock.observe(slot, at);
		}
		expect(clock.slotDurationMicros).toBe(100_000);
		clock.observe(12, at + 50_000_000);
		expect(clock.slotDurationMicros).toBe(100_000);
	});

	test("leaves out outages, and follows a chain that changes its pace for good", () => {
		const clock = new SlotClock();
		let at = 0;
		for (let slot = 0; slot < 4; slot++) {
			at += 100_000;
			clock.observe(slot, at);
		}
		for (let slot = 4; slot < 10; slot++) {
			at += 61_000_000;
			clock.observe(slot, at);
		}
		expect(clock.slotDurationMicros).toBe(100_000);
		for (let slot = 10; slot < 40; slot++) {
			at += 1_000_000;
			clock.observe(slot, at);
		}
		expect(clock.slotDurationMicros).toBe(1_000_000);
	});

	test("silence: so many slots, but not beyond 1.8 s, and never a single late slot", () => {
		const clock = new SlotClock();
		const pace = (slotMicros: number) => {
			const first = clock.slot + 1;
			for (let slot = first; slot < first + 40; slot++) clock.observe(slot, clock.observedAtMicros + slotMicros);
			return clock.silenceMicros(5);
		};
		expect(clock.silenceMicros(4)).toBe(1_600_000);
		expect(clock.silenceMicros(5)).toBe(1_800_000);
		expect(pace(40_000)).toBe(200_000);
		expect(pace(600_000)).toBe(1_800_000);
		expect(pace(2_000_000)).toBe(4_000_000);
		expect(clock.silenceMicros(1)).toBe(2_000_000);
	});

	test("a clock that stands still gives no sample", () => {
		const clock = new SlotClock();
		for (let slot = 0; slot < 10; slot++) clock.observe(slot, 7);
		expect(clock.slotDurationMicros).toBe(400_000);
	});
});
