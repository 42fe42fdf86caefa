import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LinkError } from "../../../programs/elf-object.ts";
import { linkProgram } from "../../../programs/linker.ts";
import { murmur3 } from "../../../programs/murmur3.ts";

const EXIT = [0x95, 0, 0, 0, 0, 0, 0, 0];
const CALL = [0x85, 0x10, 0, 0, 0xff, 0xff, 0xff, 0xff];
const LOAD = [0x18, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

const ALLOC = 2;
const WRITE = 1;
const EXECUTE = 4;

interface SectionInput {
	readonly name: string;
	readonly type?: number;
	readonly flags?: number;
	readonly bytes?: readonly number[];
	readonly size?: number;
	readonly alignment?: number;
	/** Relocations of this section: offset, type, index into `symbols` (from 1). */
	readonly relocations?: readonly (readonly [number, number, number])[];
	readonly relocationType?: number;
}

interface ObjectInput {
	readonly sections: readonly SectionInput[];
	/** Name, section (from 1, 0 undefined), value. */
	readonly symbols?: readonly (readonly [string, number, number])[];
}

const TEXT: SectionInput = { name: ".text", flags: ALLOC | EXECUTE, bytes: EXIT, alignment: 8 };
const ENTRY = ["entrypoint", 1, 0] as const;

/** A relocatable BPF object in the way clang lays one out. */
function objectFile({ sections, symbols = [ENTRY] }: ObjectInput): Uint8Array {
	const names: number[] = [0];
	const nameOf = (text: string) => {
		const at = names.length;
		names.push(...Buffer.from(text, "latin1"), 0);
		return at;
	};
	const symbolTable = new Uint8Array(24 * (symbols.length + 1));
	const symbolView = new DataView(symbolTable.buffer);
	symbols.forEach(([name, section, value], index) => {
		symbolView.setUint32(24 * (index + 1), nameOf(name), true);
		symbolView.setUint16(24 * (index + 1) + 6, section, true);
		symbolView.setBigUint64(24 * (index + 1) + 8, BigInt(value), true);
	});
	const all: (SectionInput & { link?: number; info?: number; data: Uint8Array })[] = [
		{ name: "", type: 0, data: new Uint8Array(0) },
		...sections.map((section) => ({ ...section, data: Uint8Array.from(section.bytes ?? []) })),
	];
	const symbolIndex = all.length;
	all.push({ name: ".symtab", type: 2, link: symbolIndex + 1, data: symbolTable });
	all.push({ name: ".strtab", type: 3, data: new Uint8Array(0) });
	sections.forEach((section, index) => {
		if (section.relocations === undefined) return;
		const data = new Uint8Array(16 * section.relocations.length);
		const view = new DataView(data.buffer);
		section.relocations.forEach(([offset, type, symbol], entry) => {
			view.setBigUint64(16 * entry, BigInt(offset), true);
			view.setUint32(16 * entry + 8, type, true);
			view.setUint32(16 * entry + 12, symbol, true);
		});
		const type = section.relocationType ?? 9;
		all.push({ name: `.rel${section.name}`, type, link: symbolIndex, info: index + 1, data });
	});
	const nameOffsets = all.map((section) => nameOf(section.name));
	all[symbolIndex + 1]!.data = Uint8Array.from(names);
	const content = all.reduce((sum, section) => sum + section.data.length, 0);
	const file = new Uint8Array(64 + content + 64 * all.length);
	const view = new DataView(file.buffer);
	file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
	view.setUint16(16, 1, true);
	view.setUint16(18, 247, true);
	view.setBigUint64(40, BigInt(64 + content), true);
	view.setUint16(58, 64, true);
	view.setUint16(60, all.length, true);
	view.setUint16(62, symbolIndex + 1, true);
	let offset = 64;
	all.forEach((section, index) => {
		const at = 64 + content + 64 * index;
		view.setUint32(at, nameOffsets[index]!, true);
		view.setUint32(at + 4, section.type ?? 1, true);
		view.setBigUint64(at + 8, BigInt(section.flags ?? 0), true);
		view.setBigUint64(at + 24, BigInt(offset), true);
		view.setBigUint64(at + 32, BigInt(section.size ?? section.data.length), true);
		view.setUint32(at + 40, section.link ?? 0, true);
		view.setUint32(at + 44, section.info ?? 0, true);
		view.setBigUint64(at + 48, BigInt(section.alignment ?? 1), true);
		file.set(section.data, offset);
		offset += section.data.length;
	});
	return file;
}

function changed(offset: number, ...bytes: number[]): Uint8Array {
	const file = objectFile({ sections: [TEXT] });
	file.set(bytes, offset);
	return file;
}

describe("an object that cannot become a program is refused", () => {
	test.each<[string, () => Uint8Array, RegExp]>([
		["nothing", () => new Uint8Array(0), /too few for an ELF header/],
		["another file", () => changed(0, 0x4d, 0x5a), /magic number/],
		["a 32-bit object", () => changed(4, 1), /64-bit/],
		["a linked program", () => changed(16, 3), /relocatable/],
		["another machine's object", () => changed(18, 62), /-target bpf/],
		["odd section headers", () => changed(58, 40), /section headers/],
		["no sections", () => changed(60, 0, 0), /0 sections/],
		["a section table past the end", () => changed(40, 0xff, 0xff, 0xff), /section table/],
		["no section names", () => changed(62, 0xee), /name table/],
		["no code", () => objectFile({ sections: [{ ...TEXT, bytes: [] }] }), /no code/],
		["no entry", () => objectFile({ sections: [TEXT], symbols: [["main", 1, 0]] }), /entrypoint/],
		["an entry outside the code", () => objectFile({ sections: [TEXT], symbols: [["entrypoint", 1, 8]] }), /outside/],
		[
			"an entry in data",
			() =>
				objectFile({
					sections: [TEXT, { name: ".rodata", flags: ALLOC, bytes: EXIT }],
					symbols: [["entrypoint", 2, 0]],
				}),
			/no function entrypoint/,
		],
		[
			"writable data",
			() => objectFile({ sections: [TEXT, { name: ".data", flags: ALLOC | WRITE, bytes: [1] }] }),
			/\.data/,
		],
		[
			"zeroed data",
			() => objectFile({ sections: [TEXT, { name: ".bss", type: 8, flags: ALLOC | WRITE, size: 8 }] }),
			/\.bss/,
		],
		["a section past the end", () => objectFile({ sections: [{ ...TEXT, size: 9_999 }] }), /past the file/],
		["wide alignment", () => objectFile({ sections: [{ ...TEXT, alignment: 16 }] }), /alignment/],
		["RELA entries", () => objectFile({ sections: [{ ...TEXT, relocations: [], relocationType: 4 }] }), /RELA/],
		["an unknown relocation", () => objectFile({ sections: [{ ...TEXT, relocations: [[0, 77, 1]] }] }), /type 77/],
		[
			"a relocation past its section",
			() => objectFile({ sections: [{ ...TEXT, relocations: [[1, 10, 1]] }] }),
			/past \.text/,
		],
		["a relocation of no symbol", () => objectFile({ sections: [{ ...TEXT, relocations: [[0, 10, 9]] }] }), /symbol/],
		[
			"a call relocation elsewhere",
			() => objectFile({ sections: [{ ...TEXT, relocations: [[0, 10, 1]] }] }),
			/expects a call/,
		],
		[
			"a load relocation elsewhere",
			() => objectFile({ sections: [{ ...TEXT, relocations: [[0, 1, 1]] }] }),
			/expects a 64-bit load/,
		],
		[
			"a call of what is no syscall",
			() =>
				objectFile({
					sections: [{ ...TEXT, bytes: [...CALL, ...EXIT], relocations: [[0, 10, 2]] }],
					symbols: [ENTRY, ["memcpy", 0, 0]],
				}),
			/memcpy is neither defined nor a syscall/,
		],
		[
			"a call out of the code",
			() =>
				objectFile({
					sections: [{ ...TEXT, bytes: [...CALL, ...EXIT], relocations: [[0, 10, 2]] }],
					symbols: [ENTRY, ["far", 1, 64]],
				}),
			/leaves the code/,
		],
		[
			"a call into data",
			() =>
				objectFile({
					sections: [
						{ ...TEXT, bytes: [...CALL, ...EXIT], relocations: [[0, 10, 2]] },
						{ name: ".rodata", flags: ALLOC, bytes: EXIT },
					],
					symbols: [ENTRY, ["", 2, 0]],
				}),
			/a nameless symbol, which is not code/,
		],
		[
			"data that is defined nowhere",
			() =>
				objectFile({
					sections: [{ ...TEXT, bytes: [...LOAD, ...EXIT], relocations: [[0, 1, 2]] }],
					symbols: [ENTRY, ["table", 0, 0]],
				}),
			/table is used as data/,
		],
	])("%s", (_, file, message) => {
		expect(() => linkProgram(file())).toThrow(LinkError);
		expect(() => linkProgram(file())).toThrow(message);
	});

	test("whatever the bytes, the answer is a program or one LinkError", () => {
		const valid = objectFile({
			sections: [
				{
					...TEXT,
					bytes: [...LOAD, ...CALL, ...EXIT],
					relocations: [
						[0, 1, 2],
						[16, 10, 1],
					],
				},
				{ name: ".rodata", flags: ALLOC, bytes: [1, 2, 3] },
			],
			symbols: [ENTRY, ["table", 2, 0]],
		});
		const patches = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 12 });
		fc.assert(
			fc.property(patches, fc.nat(valid.length), (changes, cut) => {
				const file = valid.slice(0, cut % 4 === 0 ? cut : valid.length);
				for (const [at, byte] of changes) if (at < file.length) file[at] = byte;
				try {
					linkProgram(file);
				} catch (error) {
					if (!(error instanceof LinkError)) throw error;
				}
			}),
			{ numRuns: 2_000 },
		);
	});
});

describe("a program", () => {
	test("without constants has one segment, code at 2^32", () => {
		const program = linkProgram(objectFile({ sections: [TEXT] }));
		const view = new DataView(program.buffer);
		expect(program.length).toBe(64 + 56 + 8);
		expect(view.getUint32(48, true)).toBe(3);
		expect(view.getUint16(56, true)).toBe(1);
		expect(view.getBigUint64(24, true)).toBe(0x1_0000_0000n);
		expect([...program.subarray(120)]).toEqual(EXIT);
	});

	test("with constants has them first, each section on 8 bytes, and loads their addresses", () => {
		const program = linkProgram(
			objectFile({
				sections: [
					{ ...TEXT, bytes: [...LOAD, ...EXIT], relocations: [[0, 1, 2]] },
					{ name: ".rodata.str", flags: ALLOC, bytes: [9] },
					{ name: ".data.rel.ro", flags: ALLOC | WRITE, bytes: [4, 0, 0, 0, 0, 0, 0, 0], relocations: [[0, 2, 1]] },
					{ name: ".comment", bytes: [7, 7, 7, 7, 7, 7, 7, 7], relocations: [[0, 2, 1]] },
				],
				symbols: [ENTRY, ["table", 3, 2]],
			}),
		);
		const view = new DataView(program.buffer);
		const content = 64 + 2 * 56;
		expect(view.getUint16(56, true)).toBe(2);
		expect(program.length).toBe(content + 16 + 24);
		expect(program[content]).toBe(9);
		// The pointer in data: the entry's address and the addend that stood there.
		expect(view.getBigUint64(content + 8, true)).toBe(0x1_0000_0004n);
		// The load: the table's offset 8 + 2, and the addend 3 that stood in the instruction.
		expect(view.getUint32(content + 16 + 4, true)).toBe(13);
		expect(view.getUint32(content + 16 + 12, true)).toBe(0);
	});

	test("calls its functions by distance and syscalls by hash", () => {
		const program = linkProgram(
			objectFile({
				sections: [
					{
						...TEXT,
						bytes: [...CALL, ...CALL, ...EXIT, ...EXIT],
						relocations: [
							[0, 10, 2],
							[8, 10, 3],
						],
					},
				],
				symbols: [ENTRY, ["helper", 1, 24], ["sol_log_", 0, 0]],
			}),
		);
		const view = new DataView(program.buffer);
		expect([view.getUint8(121), view.getInt32(124, true)]).toEqual([0x10, 2]);
		expect([view.getUint8(129), view.getUint32(132, true)]).toEqual([0x00, murmur3("sol_log_")]);
	});
});

test("murmur3 gives the published hashes", () => {
	// The reference vectors of the algorithm, and the runtime's own number for a syscall.
	expect(murmur3("")).toBe(0);
	expect(murmur3("test")).toBe(0xba6bd213);
	expect(murmur3("Hello, world!")).toBe(0xc0363e43);
	expect(murmur3("sol_log_")).toBe(0x207559bd);
	expect(murmur3("abort")).toBe(0xb6fc1a11);
});
