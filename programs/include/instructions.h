/*
 * The transaction's instructions, as the sysvar serializes them (Solana, instructions sysvar), for programs whose
 * flash loans look at what comes before and after them.
 */
#ifndef INSTRUCTIONS_H
#define INSTRUCTIONS_H

#include "solana.h"

/* Sysvar1nstructions1111111111111111111111111 */
static const u8 INSTRUCTIONS_SYSVAR[32] = {
	0x06, 0xa7, 0xd5, 0x17, 0x18, 0x7b, 0xd1, 0x66, 0x35, 0xda, 0xd4, 0x04, 0x55, 0xfd, 0xc2, 0xc0,
	0xc1, 0x24, 0xc6, 0x8f, 0x21, 0x56, 0x75, 0xa5, 0xdb, 0xba, 0xcb, 0x5f, 0x08, 0x00, 0x00, 0x00,
};

typedef struct {
	/* Each account is a byte of flags and a key. */
	const u8 *accounts;
	u64 account_count;
	const u8 *program_id;
	const u8 *data;
	u64 data_length;
} TopInstruction;

#define META_SIZE 33

INLINE const u8 *account_key(const TopInstruction *instruction, u64 index)
{
	return instruction->accounts + index * META_SIZE + 1;
}

INLINE u64 instruction_count(const Account *sysvar) { return read_u16(sysvar->data); }

INLINE u64 current_index(const Account *sysvar) { return read_u16(sysvar->data + sysvar->data_length - 2); }

INLINE Status load_instruction(const Account *sysvar, u64 index, TopInstruction *into)
{
	REQUIRE(index < instruction_count(sysvar), INVALID_ARGUMENT);
	const u8 *at = sysvar->data + read_u16(sysvar->data + 2 + index * 2);
	into->account_count = read_u16(at);
	into->accounts = at + 2;
	at += 2 + into->account_count * META_SIZE;
	into->program_id = at;
	into->data_length = read_u16(at + 32);
	into->data = at + 34;
	return OK;
}

/* Refuses a call by another program: the sysvar knows no instructions but those of the transaction itself. */
OUTLINE Status refuse_cpi(const Account *sysvar, Status refusal)
{
	TopInstruction current;
	TRY(load_instruction(sysvar, current_index(sysvar), &current));
	REQUIRE(same_key(current.program_id, INVOCATION->program_id), refusal);
	REQUIRE(sol_get_stack_height() <= 1, refusal);
	return OK;
}

#endif
