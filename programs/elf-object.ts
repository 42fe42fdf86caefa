/** The object file, or what it asks for, cannot become an on-chain program. The message names the fix. */
export class LinkError extends Error {
	override readonly name = "LinkError";
}

export interface ObjectSection {
	readonly name: string;
	readonly type: number;
	readonly flags: bigint;
	readonly bytes: Uint8Array;
	readonly alignment: number;
	/** For relocation sections: the symbol table and the section they patch. */
	readonly link: number;
	readonly info: number;
}

export interface ObjectSymbol {
	readonly name: string;
	/** Index of the defining section; 0 when undefined. */
	readonly section: number;
	readonly value: number;
}

export interface ObjectRelocation {
	/** Byte offset inside the patched section. */
	readonly offset: number;
	readonly type: number;
	readonly symbol: ObjectSymbol;
}

/** A relocatable object as far as the linker needs it. Arrays keep the file's own indices. */
export interface RelocatableObject {
	readonly sections: readonly ObjectSection[];
	readonly symbols: readonly ObjectSymbol[];
	/** Relocations by index of the section they patch. */
	readonly relocations: ReadonlyMap<number, readonly ObjectRelocation[]>;
}

export const SECTION_PROGBITS = 1;
const SECTION_SYMTAB = 2;
const SECTION_RELA = 4;
export const SECTION_NOBITS = 8;
const SECTION_REL = 9;

const HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const SYMBOL_SIZE = 24;
const RELOCATION_SIZE = 16;
const TYPE_RELOCATABLE = 1;
const MACHINE_BPF = 247;
/** Far above any program here; bounds what a broken header can make us read. */
const MAX_SECTIONS = 4_096;

/**
 * Reads an ELF64 little-endian relocatable object for BPF, as clang writes it (System V ABI, "Object Files").
 *
 * @throws LinkError for anything else, whatever the bytes.
 */
export function readObject(file: Uint8Array): RelocatableObject {
	const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
	checkHeader(file, view);
	const sections = readSections(file, view);
	const symbolTable = sections.findIndex((section) => section.type === SECTION_SYMTAB);
	if (symbolTable < 0) throw malformed("it has no symbol table");
	const symbols = readSymbols(sections, symbolTable);
	const relocations = new Map<number, readonly ObjectRelocation[]>();
	for (const section of sections) {
		if (section.type === SECTION_RELA) throw malformed(`${section.name} holds RELA entries, BPF objects use REL`);
		if (section.type === SECTION_REL) relocations.set(section.info, readRelocations(section, sections, symbols));
	}
	return { sections, symbols, relocations };
}

function checkHeader(file: Uint8Array, view: DataView): void {
	if (file.length < HEADER_SIZE) throw malformed(`${file.length} bytes are too few for an ELF header`);
	if (view.getUint32(0, false) !== 0x7f454c46) throw malformed("it does not start with the ELF magic number");
	if (file[4] !== 2 || file[5] !== 1) throw malformed("it is not 64-bit little-endian");
	const type = view.getUint16(16, true);
	if (type !== TYPE_RELOCATABLE) throw malformed(`its type is ${type}, not relocatable (1): compile with -c`);
	const machine = view.getUint16(18, true);
	if (machine !== MACHINE_BPF) throw malformed(`its machine is ${machine}, not BPF (247): compile with -target bpf`);
	if (view.getUint16(58, true) !== SECTION_HEADER_SIZE) throw malformed("its section headers are not 64 bytes long");
}

function readSections(file: Uint8Array, view: DataView): ObjectSection[] {
	const tableOffset = Number(view.getBigUint64(40, true));
	const count = view.getUint16(60, true);
	const namesIndex = view.getUint16(62, true);
	if (count === 0 || count > MAX_SECTIONS) throw malformed(`it has ${count} sections`);
	if (tableOffset + count * SECTION_HEADER_SIZE > file.length) throw malformed("its section table ends past the file");
	const nameOffsets: number[] = [];
	const unnamed = Array.from({ length: count }, (_, index) => {
		const at = tableOffset + index * SECTION_HEADER_SIZE;
		const type = view.getUint32(at + 4, true);
		const offset = Number(view.getBigUint64(at + 24, true));
		const size = Number(view.getBigUint64(at + 32, true));
		const inFile = type !== SECTION_NOBITS && type !== 0;
		if (inFile && offset + size > file.length) throw malformed(`section ${index} ends past the file`);
		nameOffsets.push(view.getUint32(at, true));
		return {
			type,
			flags: view.getBigUint64(at + 8, true),
			bytes: inFile ? file.subarray(offset, offset + size) : new Uint8Array(0),
			// A section without bytes still has a size: the linker must refuse zeroed variables, not lose them.
			size,
			alignment: Number(view.getBigUint64(at + 48, true)),
			link: view.getUint32(at + 40, true),
			info: view.getUint32(at + 44, true),
		};
	});
	const names = unnamed[namesIndex];
	if (names === undefined) throw malformed("its section name table is missing");
	return unnamed.map(({ size, ...section }, index) => {
		const name = readText(names.bytes, nameOffsets[index]!);
		if (section.type === SECTION_NOBITS && size > 0) {
			throw new LinkError(
				`${name} holds ${size} bytes of zeroed variables: a program has no writable globals, use the heap`,
			);
		}
		return { ...section, name };
	});
}

function readSymbols(sections: readonly ObjectSection[], tableIndex: number): ObjectSymbol[] {
	const table = sections[tableIndex]!;
	const names = sections[table.link];
	if (names === undefined) throw malformed("its symbol table names no string table");
	if (table.bytes.length % SYMBOL_SIZE !== 0) throw malformed("its symbol table is cut off");
	const view = viewOf(table.bytes);
	return Array.from({ length: table.bytes.length / SYMBOL_SIZE }, (_, index) => {
		const at = index * SYMBOL_SIZE;
		return {
			name: readText(names.bytes, view.getUint32(at, true)),
			section: view.getUint16(at + 6, true),
			value: Number(view.getBigUint64(at + 8, true)),
		};
	});
}

function readRelocations(
	section: ObjectSection,
	sections: readonly ObjectSection[],
	symbols: readonly ObjectSymbol[],
): ObjectRelocation[] {
	const target = sections[section.info];
	if (target === undefined) throw malformed(`${section.name} patches section ${section.info}, which does not exist`);
	if (section.bytes.length % RELOCATION_SIZE !== 0) throw malformed(`${section.name} is cut off`);
	const view = viewOf(section.bytes);
	return Array.from({ length: section.bytes.length / RELOCATION_SIZE }, (_, index) => {
		const at = index * RELOCATION_SIZE;
		const offset = Number(view.getBigUint64(at, true));
		const type = view.getUint32(at + 8, true);
		const symbol = symbols[view.getUint32(at + 12, true)];
		if (symbol === undefined) throw malformed(`${section.name} entry ${index} names a symbol that does not exist`);
		if (offset + 8 > target.bytes.length) throw malformed(`${section.name} entry ${index} patches past ${target.name}`);
		return { offset, type, symbol };
	});
}

function readText(table: Uint8Array, offset: number): string {
	const end = table.indexOf(0, offset);
	if (offset > table.length || end < 0) throw malformed(`a name at ${offset} is outside its string table`);
	return new TextDecoder("latin1").decode(table.subarray(offset, end));
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function malformed(why: string): LinkError {
	return new LinkError(`not an object file this linker reads: ${why}`);
}
