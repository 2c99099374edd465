/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chart: small bar charts as SVG within a page.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_CHART_H
#define EPOST_OPERATE_CHART_H

#include <stdint.h>

#include "operate/html.h"

/* Adds a figure with one bar for each count, the highest as high as the chart; `key` names it,
 * `class` its colour ("", "warn", "bad"). The counts stand in the text for who cannot see it. */
void chart_bars(const struct html *page, const char *key, const char *class, const uint64_t *count,
                unsigned bars);

#endif
