/* SPDX-License-Identifier: MIT */
/* a macro that grows for ever */
#define A "xxxxxxxxxxxxxxxx"
#define B A A A A A A A A A A A A A A A A
#define C B B B B B B B B B B B B B B B B
#define D C C C C C C C C C C C C C C C C
#define E D D D D D D D D D D D D D D D D
#define F E E E E E E E E E E E E E E E E
const char bomb[] = F F F F F F F F F F F F F F F F;
