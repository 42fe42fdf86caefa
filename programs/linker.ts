import {
	LinkError,
	type ObjectRelocation,
	type ObjectSymbol,
	type RelocatableObject,
	readObject,
	SECTION_PROGBITS,
} from "./elf-object.ts";
import { murmur3 } from "./murmur3.ts";

/** Where the virtual machine maps a version 3 program (solana-sbpf, `ebpf::MM_RODATA_START`, `MM_BYTECODE_START`). */
const RODATA_ADDRESS = 0n;
const TEXT_ADDRESS = 0x1_0000_0000n;

const HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const INSTRUCTION_SIZE = 8;
const ENTRYPOINT = "entrypoint";

const FLAG_WRITE = 1n;
const FLAG_ALLOC = 2n;
const FLAG_EXECUTE = 4n;

const OPCODE_LOAD_DOUBLE_WORD = 0x18;
const OPCODE_CALL = 0x85;
const SOURCE_INTERNAL_CALL = 1;

/** LLVM's `ELFRelocs/BPF.def`. */
const RELOCATION_64_64 = 1;
const RELOCATION_ABS64 = 2;
const RELOCATION_64_32 = 10;

/** What the programs here call by name; anything else undefined is a mistake found at link time. */
const SYSCALLS: ReadonlySet<string> = new Set([
	"abort",
	"sol_create_program_address",
	"sol_get_clock_sysvar",
	"sol_get_stack_height",
	"sol_get_sysvar",
	"sol_invoke_signed_c",
	"sol_log_",
	"sol_log_64_",
	"sol_log_compute_units_",
	"sol_log_data",
	"sol_log_pubkey",
	"sol_memcmp_",
	"sol_memcpy_",
	"sol_memmove_",
	"sol_memset_",
	"sol_panic_",
	"sol_set_return_data",
	"sol_sha256",
	"sol_try_find_program_address",
]);

/** Where a section of the object lies in the program. */
interface Placement {
	readonly segment: Segment;
	readonly offset: number;
}

interface Segment {
	readonly address: bigint;
	readonly bytes: Uint8Array;
}

/**
 * Makes a Solana program out of one object that clang compiled for BPF: an sBPF version 3 ELF with two segments, read-only
 * data at address 0 and code at 2^32, with every relocation applied (solana-sbpf, `elf.rs`, strict parser).
 *
 * @param object an ELF64 relocatable for BPF, compiled with `-mcpu=v2`
 * @throws LinkError when the object is malformed, needs what a program cannot have, or calls what is no syscall
 */
export function linkProgram(object: Uint8Array): Uint8Array {
	const parsed = readObject(object);
	const { text, rodata, placements } = placeSections(parsed);
	for (const [section, relocations] of parsed.relocations) {
		const placement = placements.get(section);
		// Relocations of sections that are not loaded (debug information) concern nobody.
		if (placement === undefined) continue;
		for (const relocation of relocations) applyRelocation(relocation, placement, placements);
	}
	const entry = parsed.symbols.find((symbol) => symbol.name === ENTRYPOINT);
	const entryPlacement = entry === undefined ? undefined : placements.get(entry.section);
	if (entry === undefined || entryPlacement?.segment !== text) {
		throw new LinkError(`no function ${ENTRYPOINT}: define \`u64 ${ENTRYPOINT}(u8 *input)\``);
	}
	if (entryPlacement.offset + entry.value >= text.bytes.length)
		throw new LinkError(`${ENTRYPOINT} lies outside the code`);
	return writeProgram(text, rodata, TEXT_ADDRESS + BigInt(entryPlacement.offset + entry.value));
}

function placeSections(object: RelocatableObject): {
	text: Segment;
	rodata: Segment;
	placements: ReadonlyMap<number, Placement>;
} {
	const code: number[] = [];
	const constants: number[] = [];
	object.sections.forEach((section, index) => {
		const loaded = (section.flags & FLAG_ALLOC) !== 0n && section.type === SECTION_PROGBITS;
		if (!loaded || section.bytes.length === 0) return;
		if ((section.flags & FLAG_EXECUTE) !== 0n) code.push(index);
		else if ((section.flags & FLAG_WRITE) === 0n || section.name.startsWith(".data.rel.ro")) constants.push(index);
		else throw new LinkError(`${section.name} holds writable variables: a program has none, use const or the heap`);
	});
	if (code.length === 0) throw new LinkError("the object holds no code");
	const placements = new Map<number, Placement>();
	const join = (indices: readonly number[], address: bigint): Segment => {
		let size = 0;
		const offsets = indices.map((index) => {
			const section = object.sections[index]!;
			if (section.alignment > 8)
				throw new LinkError(`${section.name} asks for an alignment of ${section.alignment}, at most 8`);
			const offset = size;
			size = roundUp(size + section.bytes.length);
			return offset;
		});
		const segment = { address, bytes: new Uint8Array(size) };
		indices.forEach((index, order) => {
			const offset = offsets[order]!;
			segment.bytes.set(object.sections[index]!.bytes, offset);
			placements.set(index, { segment, offset });
		});
		return segment;
	};
	return { text: join(code, TEXT_ADDRESS), rodata: join(constants, RODATA_ADDRESS), placements };
}

function applyRelocation(
	relocation: ObjectRelocation,
	patched: Placement,
	placements: ReadonlyMap<number, Placement>,
): void {
	const bytes = patched.segment.bytes;
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const at = patched.offset + relocation.offset;
	const target = relocation.symbol.section === 0 ? undefined : placements.get(relocation.symbol.section);
	switch (relocation.type) {
		case RELOCATION_64_64: {
			if (view.getUint8(at) !== OPCODE_LOAD_DOUBLE_WORD || at + 16 > bytes.length) {
				throw new LinkError(`relocation at ${at} expects a 64-bit load of ${nameOf(relocation.symbol)}`);
			}
			const addend = (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at + 4, true));
			const address = addressOf(relocation.symbol, target) + addend;
			view.setUint32(at + 4, Number(address & 0xffff_ffffn), true);
			view.setUint32(at + 12, Number((address >> 32n) & 0xffff_ffffn), true);
			return;
		}
		case RELOCATION_ABS64:
			view.setBigUint64(at, addressOf(relocation.symbol, target) + view.getBigUint64(at, true), true);
			return;
		case RELOCATION_64_32:
			if (view.getUint8(at) !== OPCODE_CALL) {
				throw new LinkError(`relocation at ${at} expects a call of ${nameOf(relocation.symbol)}`);
			}
			patchCall(view, at, relocation.symbol, target);
			return;
		default:
			throw new LinkError(`relocation of type ${relocation.type} at ${at}: only 1, 2 and 10 are known`);
	}
}

function patchCall(view: DataView, at: number, symbol: ObjectSymbol, target: Placement | undefined): void {
	const registers = view.getUint8(at + 1) & 0x0f;
	if (symbol.section === 0) {
		if (!SYSCALLS.has(symbol.name)) {
			throw new LinkError(
				`${nameOf(symbol)} is neither defined nor a syscall: define it, or avoid what makes clang call it`,
			);
		}
		view.setUint8(at + 1, registers);
		view.setUint32(at + 4, murmur3(symbol.name), true);
		return;
	}
	if (target?.segment.address !== TEXT_ADDRESS) throw new LinkError(`call of ${nameOf(symbol)}, which is not code`);
	const callee = target.offset + symbol.value + (view.getInt32(at + 4, true) + 1) * INSTRUCTION_SIZE;
	if (callee < 0 || callee >= target.segment.bytes.length)
		throw new LinkError(`call of ${nameOf(symbol)} leaves the code`);
	view.setUint8(at + 1, registers | (SOURCE_INTERNAL_CALL << 4));
	view.setInt32(at + 4, (callee - at) / INSTRUCTION_SIZE - 1, true);
}

function addressOf(symbol: ObjectSymbol, target: Placement | undefined): bigint {
	if (target === undefined) throw new LinkError(`${nameOf(symbol)} is used as data but is not defined in this object`);
	return target.segment.address + BigInt(target.offset + symbol.value);
}

function nameOf(symbol: ObjectSymbol): string {
	return symbol.name === "" ? "a nameless symbol" : symbol.name;
}

function writeProgram(text: Segment, rodata: Segment, entry: bigint): Uint8Array {
	const segments = [
		{ ...rodata, flags: 4 },
		{ ...text, flags: 1 },
	].filter((segment) => segment.bytes.length > 0);
	const contentOffset = HEADER_SIZE + segments.length * PROGRAM_HEADER_SIZE;
	const file = new Uint8Array(contentOffset + rodata.bytes.length + text.bytes.length);
	const view = new DataView(file.buffer);
	file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
	view.setUint16(16, 3, true); // e_type: shared object
	view.setUint16(18, 247, true); // e_machine: BPF
	view.setUint32(20, 1, true); // e_version
	view.setBigUint64(24, entry, true);
	view.setBigUint64(32, BigInt(HEADER_SIZE), true); // e_phoff
	view.setUint32(48, 3, true); // e_flags: sBPF version
	view.setUint16(52, HEADER_SIZE, true);
	view.setUint16(54, PROGRAM_HEADER_SIZE, true);
	view.setUint16(56, segments.length, true);
	view.setUint16(58, 64, true); // e_shentsize; there are no sections
	let offset = contentOffset;
	segments.forEach(({ address, bytes, flags }, index) => {
		const at = HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
		view.setUint32(at, 1, true); // PT_LOAD
		view.setUint32(at + 4, flags, true);
		view.setBigUint64(at + 8, BigInt(offset), true);
		view.setBigUint64(at + 16, address, true);
		view.setBigUint64(at + 24, address, true);
		view.setBigUint64(at + 32, BigInt(bytes.length), true);
		view.setBigUint64(at + 40, BigInt(bytes.length), true);
		view.setBigUint64(at + 48, 0n, true);
		file.set(bytes, offset);
		offset += bytes.length;
	});
	return file;
}

function roundUp(size: number): number {
	return (size + 7) & ~7;
}
