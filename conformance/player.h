/* player.h - plays a case to a box and has each turn judged.
 *
 * Time: a case's own time starts at 0 in the golden set; the player gives each case a day of its own, so
 * that nothing an earlier one left behind is still alive, and never goes back. In a turn time passes
 * first (timers of the box fire in their order), then its packets go in, then the box settles; all
 * that came out meanwhile, on any port, is judged.
 */
#ifndef XL_PLAYER_H
#define XL_PLAYER_H

#include "conformance/guard.h"
#include "conformance/judge.h"

enum { XL_FLOOD_PACKETS = 4096, XL_FLOOD_BYTES = 4 << 20 }; /* per turn; more is an error */

struct xl_traffic { /* of one turn */
	struct xl_seen *seen; /* what came out */
	uint8_t *room; /* where their octets are */
	size_t n_seen, used_bytes, n_lost; /* n_lost: came when there was no room */
	struct xl_seen *sent; /* as they went in */
	size_t n_sent, cap_sent;
	uint8_t *sent_room;
	size_t sent_bytes, cap_sent_bytes;
};

struct xl_player {
	struct xl_box *box;
	const struct xl_golden_config *config;
	struct xl_guard guard;
	int64_t now_ns;
	bool keeps_packets; /* reported although the case passed */
	bool is_real_time; /* then cases follow each other at once, and the box does the waiting */
	struct xl_traffic turn;
	struct xl_traffic aside; /* private: of a turn that decided, while others are played */
};

struct xl_played { /* how a case ended */
	struct xl_finding finding; /* of the turn that decided */
	uint16_t turn;
};

/* Takes the box over for as long as the player lives (sets emit). False: no memory. */
bool xl_player_init(struct xl_player *p, struct xl_box *box, const struct xl_golden_config *config);
void xl_player_fini(struct xl_player *p);

/* Another box in the place of the one that was freed. */
void xl_player_take(struct xl_player *p, struct xl_box *box);

/* The packets of a turn go in now; turn.sent[] then holds them. NULL, or what is wrong. */
const char *xl_player_send(struct xl_player *p, const struct xl_turn *t,
			   const struct xl_binds *binds);

/* What came out until now is no more in turn.seen[]. */
void xl_player_forget(struct xl_player *p);

/* `turn` then holds the packets of the deciding turn. */
void xl_play(struct xl_player *p, const struct xl_case *c, struct xl_played *out);

#endif
