/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned columns for a terminal. */
#ifndef REL_TABLE_H
#define REL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define REL_TABLE_COLUMNS 12
#define REL_TABLE_ROWS 32
#define REL_TABLE_CELL 280

enum rel_paint { REL_PLAIN, REL_BOLD, REL_GREEN, REL_YELLOW, REL_RED, REL_DIM };

struct rel_column {
	const char *title; /* NULL ends the list */
	bool right;        /* numbers */
};

struct rel_cell {
	char text[REL_TABLE_CELL];
	enum rel_paint paint;
};

struct rel_table {
	const struct rel_column *columns;
	struct rel_cell cells[REL_TABLE_ROWS][REL_TABLE_COLUMNS];
	size_t rows;
};

/* The next row's cell; column 0 begins a row. Rows beyond the last are dropped. */
void rel_table_put(struct rel_table *table, size_t column, enum rel_paint paint,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

void rel_table_print(const struct rel_table *table, bool color, FILE *out);

/* One text, painted where colour is on. */
void rel_paint(enum rel_paint paint, const char *text, bool color, FILE *out);

#endif
