/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

#include <stdarg.h>

static const char *const paints[] = {
	[REL_PLAIN] = "", [REL_BOLD] = "\033[1m",   [REL_GREEN] = "\033[32m",
	[REL_YELLOW] = "\033[33m", [REL_RED] = "\033[31m", [REL_DIM] = "\033[2m",
};

void rel_paint(enum rel_paint paint, const char *text, bool color, FILE *out)
{
	bool painted = color && paint != REL_PLAIN;

	fprintf(out, "%s%s%s", painted ? paints[paint] : "", text, painted ? "\033[0m" : "");
}

void rel_table_put(struct rel_table *table, size_t column, enum rel_paint paint,
		   const char *format, ...)
{
	struct rel_cell *cell;
	va_list arguments;

	if (column == 0)
		table->rows++;
	if (table->rows > REL_TABLE_ROWS || column >= REL_TABLE_COLUMNS) {
		table->rows = REL_TABLE_ROWS;
		return;
	}
	cell = &table->cells[table->rows - 1][column];
	cell->paint = paint;
	va_start(arguments, format);
	vsnprintf(cell->text, sizeof(cell->text), format, arguments);
	va_end(arguments);
}

static int width(const struct rel_table *table, size_t column)
{
	size_t most = strlen(table->columns[column].title);

	for (size_t i = 0; i < table->rows; i++) {
		size_t size = strlen(table->cells[i][column].text);

		most = size > most ? size : most;
	}
	return (int)most;
}

static void pad(int count, FILE *out)
{
	fprintf(out, "%*s", count, "");
}

/* Nothing is padded behind the last text of a line. */
static void print_row(const struct rel_table *table, const struct rel_cell *cells, bool color,
		      FILE *out)
{
	int owed = 0;

	for (size_t i = 0; table->columns[i].title; i++) {
		const char *text = cells ? cells[i].text : table->columns[i].title;
		int space = width(table, i) - (int)strlen(text);

		owed += table->columns[i].right ? space : 0;
		if (*text) {
			pad(owed, out);
			rel_paint(cells ? cells[i].paint : REL_DIM, text, color, out);
			owed = 0;
		}
		owed += (table->columns[i].right ? 0 : space) + 2;
	}
	fputc('\n', out);
}

void rel_table_print(const struct rel_table *table, bool color, FILE *out)
{
	print_row(table, NULL, color, out);
	for (size_t i = 0; i < table->rows; i++)
		print_row(table, table->cells[i], color, out);
}
