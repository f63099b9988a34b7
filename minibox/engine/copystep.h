/* SPDX-License-Identifier: MIT */
#ifndef ENGINE_COPYSTEP_H
#define ENGINE_COPYSTEP_H

#include "engine/step.h"

/* What the child that does the file work must know. */
struct copystep {
    struct build *b;
    struct stage *s;
    const struct step *step;
    const char *dir; /* of the step */
    int root;        /* descriptor of the image's merged view */
};

/* Do a COPY or ADD.  Call it in a mount namespace of its own. */
int copystep_do(const struct copystep *w, struct mb_error *err);

#endif
