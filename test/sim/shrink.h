/* SPDX-License-Identifier: Apache-2.0 */
/* A failing seed with as little as possible that still fails. */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "options.h"

/* 0 when the seed does not fail at all, else 1 after printing the command. */
int shrink(const struct options *options);

#endif
