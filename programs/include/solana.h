/*
 * What a C program needs to run on Solana: the input it is started with, the syscalls it may make, exact 128-bit
 * arithmetic and transfers through the token programs. Everything is header-only and freestanding.
 *
 * Limits that come from the compiler and the machine: at most 5 arguments a function, 512 bytes of stack a function
 * (larger things live in the heap), no writable globals, no signed division, no 128-bit integer type, and no array or
 * structure assignments so large that the compiler would call memcpy or memset.
 */
#ifndef SOLANA_H
#define SOLANA_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;
typedef u8 bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define U64_MAX 0xffffffffffffffffULL
#define INLINE static inline __attribute__((always_inline))
/* Functions of their own frame: 512 bytes of stack each, and smaller code. */
#define OUTLINE static __attribute__((noinline, unused))

/* ---- Syscalls (Agave, programs/bpf_loader; C calling convention) ---- */

extern void abort(void) __attribute__((noreturn));
extern void sol_log_(const char *text, u64 length);
extern void sol_log_64_(u64 first, u64 second, u64 third, u64 fourth, u64 fifth);
extern u64 sol_get_clock_sysvar(u8 *clock);
extern u64 sol_get_stack_height(void);
extern u64 sol_create_program_address(const void *seeds, u64 count, const u8 *program_id, u8 *address);
extern u64 sol_try_find_program_address(const void *seeds, u64 count, const u8 *program_id, u8 *address, u8 *bump);
extern u64 sol_invoke_signed_c(const void *instruction, const void *accounts, u64 count, const void *signers,
			       u64 signer_count);
extern void sol_memcpy_(void *to, const void *from, u64 length);
extern void sol_memset_(void *to, u8 value, u64 length);
extern void sol_memcmp_(const void *first, const void *second, u64 length, int *difference);

#define LOG(text) sol_log_(text, sizeof(text) - 1)

/* ---- What a program returns ---- */

typedef u64 Status;
#define OK 0ULL
/* A custom error, as `ProgramError::Custom` reaches the runtime; 0 has a number of its own. */
#define CUSTOM(code) ((code) == 0 ? 1ULL << 32 : (u64)(code))
#define INVALID_ARGUMENT (2ULL << 32)
#define INVALID_INSTRUCTION_DATA (3ULL << 32)
#define INVALID_ACCOUNT_DATA (4ULL << 32)
#define ACCOUNT_DATA_TOO_SMALL (5ULL << 32)
#define INSUFFICIENT_FUNDS (6ULL << 32)
#define INCORRECT_PROGRAM_ID (7ULL << 32)
#define MISSING_REQUIRED_SIGNATURE (8ULL << 32)
#define UNINITIALIZED_ACCOUNT (10ULL << 32)
#define NOT_ENOUGH_ACCOUNT_KEYS (11ULL << 32)
#define INVALID_SEEDS (14ULL << 32)
#define UNSUPPORTED_SYSVAR (17ULL << 32)

#define TRY(expression)                        \
	do {                                   \
		Status try_status = (expression); \
		if (try_status != OK)          \
			return try_status;     \
	} while (0)
#define REQUIRE(condition, error)      \
	do {                           \
		if (!(condition))      \
			return (error); \
	} while (0)

/* Anchor's own numbers (anchor-lang, error.rs), for programs whose original is built on it. */
enum anchor_error {
	ANCHOR_INSTRUCTION_FALLBACK_NOT_FOUND = 101,
	ANCHOR_INSTRUCTION_DID_NOT_DESERIALIZE = 102,
	ANCHOR_CONSTRAINT_MUT = 2000,
	ANCHOR_CONSTRAINT_HAS_ONE = 2001,
	ANCHOR_CONSTRAINT_RAW = 2003,
	ANCHOR_CONSTRAINT_OWNER = 2004,
	ANCHOR_CONSTRAINT_SEEDS = 2006,
	ANCHOR_CONSTRAINT_ADDRESS = 2012,
	ANCHOR_REQUIRE_EQ = 2501,
	ANCHOR_REQUIRE_GT = 2505,
	ANCHOR_REQUIRE_GTE = 2506,
	ANCHOR_DISCRIMINATOR_NOT_FOUND = 3001,
	ANCHOR_DISCRIMINATOR_MISMATCH = 3002,
	ANCHOR_DID_NOT_DESERIALIZE = 3003,
	ANCHOR_NOT_ENOUGH_KEYS = 3005,
	ANCHOR_NOT_MUTABLE = 3006,
	ANCHOR_OWNED_BY_WRONG_PROGRAM = 3007,
	ANCHOR_INVALID_PROGRAM_ID = 3008,
	ANCHOR_NOT_SIGNER = 3010,
	ANCHOR_NOT_INITIALIZED = 3012,
};

/* ---- Bytes. Unaligned little-endian access is what the machine does by itself. ---- */

INLINE u64 read_u64(const u8 *at) { return *(const u64 *)at; }
INLINE u32 read_u32(const u8 *at) { return *(const u32 *)at; }
INLINE u16 read_u16(const u8 *at) { return *(const u16 *)at; }
INLINE void write_u64(u8 *at, u64 value) { *(u64 *)at = value; }
INLINE void write_u32(u8 *at, u32 value) { *(u32 *)at = value; }
INLINE void write_u16(u8 *at, u16 value) { *(u16 *)at = value; }

INLINE bool same_key(const u8 *first, const u8 *second)
{
	return read_u64(first) == read_u64(second) && read_u64(first + 8) == read_u64(second + 8) &&
	       read_u64(first + 16) == read_u64(second + 16) && read_u64(first + 24) == read_u64(second + 24);
}

INLINE void copy_key(u8 *to, const u8 *from)
{
	write_u64(to, read_u64(from));
	write_u64(to + 8, read_u64(from + 8));
	write_u64(to + 16, read_u64(from + 16));
	write_u64(to + 24, read_u64(from + 24));
}

/* ---- The input: accounts, instruction data, program id ---- */

/* Also the layout in which sol_invoke_signed_c takes accounts (SolAccountInfo). */
typedef struct {
	u8 *key;
	u64 *lamports;
	u64 data_length;
	u8 *data;
	u8 *owner;
	u64 rent_epoch;
	bool is_signer;
	bool is_writable;
	bool is_executable;
} Account;

#define MAX_ACCOUNTS 64
#define MAX_SEEDS 8

typedef struct { const u8 *bytes; u64 length; } Seed;
typedef struct { const u8 *key; bool is_writable; bool is_signer; } AccountMeta;
typedef struct {
	const u8 *program_id;
	const AccountMeta *accounts;
	u64 account_count;
	const u8 *data;
	u64 data_length;
} Instruction;
typedef struct { const Seed *seeds; u64 count; } Signer;

/* One run of the program. It lives in the heap: it is larger than the stack. */
typedef struct {
	Account accounts[MAX_ACCOUNTS];
	u64 account_count;
	const u8 *data;
	u64 data_length;
	const u8 *program_id;
	/* What a call into another program is built in. */
	Instruction call;
	AccountMeta call_metas[8];
	u8 call_data[32];
	Signer signer;
} Invocation;

#define HEAP_START 0x300000000ULL
#define HEAP_SIZE (32 * 1024)
/* The run's own record, and the first free byte behind it. */
#define INVOCATION ((Invocation *)HEAP_START)
#define HEAP_FREE ((u8 *)(HEAP_START + sizeof(Invocation)))

#define ACCOUNT_GROWTH_ROOM 10240
#define NOT_A_DUPLICATE 0xff

/*
 * Reads what the loader passes (Agave, "aligned" serialization): accounts one after another, an account that appeared
 * before as its index alone. Runs with more than MAX_ACCOUNTS accounts fail.
 */
OUTLINE Status read_input(u8 *input)
{
	Invocation *run = INVOCATION;
	u64 count = read_u64(input);
	u8 *at = input + 8;
	if (count > MAX_ACCOUNTS)
		return INVALID_ARGUMENT;
	run->account_count = count;
	for (u64 index = 0; index < count; index++) {
		Account *account = &run->accounts[index];
		if (*at != NOT_A_DUPLICATE) {
			const Account *first = &run->accounts[*at];
			account->key = first->key;
			account->lamports = first->lamports;
			account->data_length = first->data_length;
			account->data = first->data;
			account->owner = first->owner;
			account->rent_epoch = first->rent_epoch;
			account->is_signer = first->is_signer;
			account->is_writable = first->is_writable;
			account->is_executable = first->is_executable;
			at += 8;
			continue;
		}
		account->is_signer = at[1];
		account->is_writable = at[2];
		account->is_executable = at[3];
		account->key = at + 8;
		account->owner = at + 40;
		account->lamports = (u64 *)(at + 72);
		account->data_length = read_u64(at + 80);
		account->data = at + 88;
		at += 88 + ((account->data_length + 7) & ~7ULL) + ACCOUNT_GROWTH_ROOM;
		account->rent_epoch = read_u64(at);
		at += 8;
	}
	run->data_length = read_u64(at);
	run->data = at + 8;
	run->program_id = run->data + run->data_length;
	return OK;
}

/* ---- Exact unsigned arithmetic ---- */

typedef struct { u64 high, low; } u128;

/* The whole product of two 64-bit numbers. */
INLINE u128 multiply(u64 first, u64 second)
{
	u64 a = first >> 32, b = first & 0xffffffff, c = second >> 32, d = second & 0xffffffff;
	u64 bd = b * d, ad = a * d, bc = b * c;
	u64 middle = (bd >> 32) + (ad & 0xffffffff) + (bc & 0xffffffff);
	u128 product = { a * c + (ad >> 32) + (bc >> 32) + (middle >> 32), (middle << 32) | (bd & 0xffffffff) };
	return product;
}

INLINE u128 add_u64(u128 number, u64 more)
{
	u128 sum = { number.high, number.low + more };
	if (sum.low < more)
		sum.high++;
	return sum;
}

INLINE bool less_than(u128 first, u128 second)
{
	return first.high < second.high || (first.high == second.high && first.low < second.low);
}

/*
 * (high:low) / divisor where high < divisor, so that the quotient fits 64 bits (Knuth, The Art of Computer Programming 2,
 * 4.3.1, algorithm D with two digits of 32 bits). The remainder goes to *remainder.
 */
OUTLINE u64 divide_narrow(u64 high, u64 low, u64 divisor, u64 *remainder)
{
	if (high == 0) {
		*remainder = low % divisor;
		return low / divisor;
	}
	u64 shift = 0;
	while ((divisor >> 63) == 0) {
		if ((divisor >> 32) == 0) {
			divisor <<= 32;
			shift += 32;
		} else if ((divisor >> 56) == 0) {
			divisor <<= 8;
			shift += 8;
		} else {
			divisor <<= 1;
			shift++;
		}
	}
	if (shift > 0) {
		high = (high << shift) | (low >> (64 - shift));
		low <<= shift;
	}
	u64 top = divisor >> 32, bottom = divisor & 0xffffffff;
	u64 quotient = 0;
	for (u64 digit = 0; digit < 2; digit++) {
		u64 next = digit == 0 ? low >> 32 : low & 0xffffffff;
		u64 guess = high / top, rest = high % top;
		while ((guess >> 32) != 0 || guess * bottom > ((rest << 32) | next)) {
			guess--;
			rest += top;
			if ((rest >> 32) != 0)
				break;
		}
		high = ((high << 32) | next) - guess * divisor;
		quotient = (quotient << 32) | guess;
	}
	*remainder = high >> shift;
	return quotient;
}

/* number / divisor rounded down; divisor > 0. */
INLINE u128 divide(u128 number, u64 divisor, u64 *remainder)
{
	u128 quotient;
	quotient.high = number.high / divisor;
	quotient.low = divide_narrow(number.high % divisor, number.low, divisor, remainder);
	return quotient;
}

/* first * second / divisor rounded down; divisor > 0. */
INLINE u128 multiply_divide(u64 first, u64 second, u64 divisor)
{
	u64 remainder;
	return divide(multiply(first, second), divisor, &remainder);
}

/* first * second / divisor rounded up; divisor > 0. */
INLINE u128 multiply_divide_up(u64 first, u64 second, u64 divisor)
{
	u64 remainder;
	u128 quotient = divide(multiply(first, second), divisor, &remainder);
	return remainder == 0 ? quotient : add_u64(quotient, 1);
}

/* Where a Rust original would panic, the program aborts: here, and in what follows. */
INLINE void abort_unless(bool condition)
{
	if (!condition)
		abort();
}

INLINE u64 to_u64(u128 number)
{
	if (number.high != 0)
		abort();
	return number.low;
}

INLINE u64 add_or_abort(u64 first, u64 second)
{
	u64 sum = first + second;
	if (sum < first)
		abort();
	return sum;
}

INLINE u128 add(u128 first, u128 second)
{
	u128 sum = add_u64(first, second.low);
	abort_unless(sum.high >= first.high);
	sum.high = add_or_abort(sum.high, second.high);
	return sum;
}

INLINE u128 subtract(u128 first, u128 second)
{
	abort_unless(!less_than(first, second));
	u128 difference = { first.high - second.high - (first.low < second.low), first.low - second.low };
	return difference;
}

INLINE u128 read_u128(const u8 *at)
{
	u128 number = { read_u64(at + 8), read_u64(at) };
	return number;
}

INLINE void write_u128(u8 *at, u128 number)
{
	write_u64(at, number.low);
	write_u64(at + 8, number.high);
}

/* ---- The chain's clock ---- */

typedef struct {
	u64 slot;
	i64 epoch_start_timestamp;
	u64 epoch;
	u64 leader_schedule_epoch;
	i64 unix_timestamp;
} Clock;

/* ---- Token accounts, mints and transfers (SPL Token and Token-2022 without extensions) ---- */

#define TOKEN_ACCOUNT_SIZE 165
#define TOKEN_ACCOUNT_MINT 0
#define TOKEN_ACCOUNT_OWNER 32
#define TOKEN_ACCOUNT_AMOUNT 64
#define TOKEN_ACCOUNT_STATE 108
#define MINT_SIZE 82
#define MINT_SUPPLY 36
#define MINT_DECIMALS 44
#define MINT_INITIALIZED 45
/* TokenError::Overflow */
#define TOKEN_OVERFLOW 14

/* TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA */
static const u8 TOKEN_PROGRAM_ID[32] = {
	0x06, 0xdd, 0xf6, 0xe1, 0xd7, 0x65, 0xa1, 0x93, 0xd9, 0xcb, 0xe1, 0x46, 0xce, 0xeb, 0x79, 0xac,
	0x1c, 0xb4, 0x85, 0xed, 0x5f, 0x5b, 0x37, 0x91, 0x3a, 0x8c, 0xf5, 0x85, 0x7e, 0xff, 0x00, 0xa9,
};
/* TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb */
static const u8 TOKEN_2022_PROGRAM_ID[32] = {
	0x06, 0xdd, 0xf6, 0xe1, 0xee, 0x75, 0x8f, 0xde, 0x18, 0x42, 0x5d, 0xbc, 0xe4, 0x6c, 0xcd, 0xda,
	0xb6, 0x1a, 0xfc, 0x4d, 0x83, 0xb9, 0x0d, 0x27, 0xfe, 0xbd, 0xf9, 0x28, 0xd8, 0xa1, 0x8b, 0xfc,
};

INLINE bool is_token_program(const u8 *key)
{
	return same_key(key, TOKEN_PROGRAM_ID) || same_key(key, TOKEN_2022_PROGRAM_ID);
}

INLINE u64 token_amount(const Account *account) { return read_u64(account->data + TOKEN_ACCOUNT_AMOUNT); }

#define TOKEN_2022_ACCOUNT_TYPE 165
#define TOKEN_2022_TYPE_MINT 1
#define TOKEN_2022_TYPE_ACCOUNT 2

/* Whether bytes behind the plain structure are Token-2022 extensions of an account or mint of this type. */
INLINE bool is_extended(const Account *account, u8 type)
{
	return same_key(account->owner, TOKEN_2022_PROGRAM_ID) && account->data_length > TOKEN_2022_ACCOUNT_TYPE &&
	       account->data[TOKEN_2022_ACCOUNT_TYPE] == type;
}

/* An initialized or frozen token account of either program. */
INLINE bool is_token_account(const Account *account)
{
	if (!is_token_program(account->owner))
		return false;
	if (account->data_length != TOKEN_ACCOUNT_SIZE && !is_extended(account, TOKEN_2022_TYPE_ACCOUNT))
		return false;
	return account->data[TOKEN_ACCOUNT_STATE] != 0;
}

/* An initialized mint of either program. */
INLINE bool is_mint(const Account *account)
{
	if (!is_token_program(account->owner))
		return false;
	if (account->data_length != MINT_SIZE && !is_extended(account, TOKEN_2022_TYPE_MINT))
		return false;
	return account->data[MINT_INITIALIZED] == 1;
}

INLINE void set_meta(u64 index, const Account *account, bool is_writable, bool is_signer)
{
	AccountMeta *meta = &INVOCATION->call_metas[index];
	meta->key = account->key;
	meta->is_writable = is_writable;
	meta->is_signer = is_signer;
}

/* Calls `program` with the metas and data prepared in the invocation; seeds may be NULL. */
OUTLINE Status invoke(const Account *program, u64 meta_count, u64 data_length, const Seed *seeds, u64 seed_count)
{
	Invocation *run = INVOCATION;
	run->call.program_id = program->key;
	run->call.accounts = run->call_metas;
	run->call.account_count = meta_count;
	run->call.data = run->call_data;
	run->call.data_length = data_length;
	run->signer.seeds = seeds;
	run->signer.count = seed_count;
	return sol_invoke_signed_c(&run->call, run->accounts, run->account_count, &run->signer, seeds == NULL ? 0 : 1);
}

typedef struct {
	const Account *token_program;
	const Account *from;
	/* NULL for the unchecked Transfer instruction. */
	const Account *mint;
	const Account *to;
	const Account *authority;
	u64 amount;
	/* The seeds of `authority` when it is this program's, else NULL. */
	const Seed *seeds;
	u64 seed_count;
} Transfer;

/* Token instruction 12, TransferChecked, or without a mint 3, Transfer. Fails the whole transaction when Token refuses. */
OUTLINE Status transfer_tokens(const Transfer *transfer)
{
	u8 *data = INVOCATION->call_data;
	bool checked = transfer->mint != NULL;
	u64 next = 0;
	set_meta(next++, transfer->from, true, false);
	if (checked)
		set_meta(next++, transfer->mint, false, false);
	set_meta(next++, transfer->to, true, false);
	set_meta(next++, transfer->authority, false, true);
	data[0] = checked ? 12 : 3;
	write_u64(data + 1, transfer->amount);
	if (checked)
		data[9] = transfer->mint->data[MINT_DECIMALS];
	return invoke(transfer->token_program, next, checked ? 10 : 9, transfer->seeds, transfer->seed_count);
}

#endif
