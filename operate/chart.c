/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/chart.h"

#include "operate/words.h"

#define CHART_HEIGHT 60.0

void chart_bars(const struct html *page, const char *key, const char *class, const uint64_t *count,
                unsigned bars)
{
    uint64_t most = 0, total = 0;
    double width = 100.0 / bars;

    for (unsigned i = 0; i < bars; i++) {
        most = count[i] > most ? count[i] : most;
        total += count[i];
    }
    buf_adds(page->out, "<figure><figcaption>");
    html_word(page, key);
    buf_addf(page->out, ": <b>%llu</b>, ", (unsigned long long)total);
    html_word(page, "an-hour");
    buf_addf(page->out,
             " %llu</figcaption><svg class=\"%s\" viewBox=\"0 0 100 %g\" "
             "preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
             (unsigned long long)most, class, CHART_HEIGHT);
    html_word(page, key);
    buf_adds(page->out, ":");
    for (unsigned i = 0; i < bars; i++)
        buf_addf(page->out, " %llu", (unsigned long long)count[i]);
    buf_addf(page->out, "\"><line x1=\"0\" x2=\"100\" y1=\"%g\" y2=\"%g\"/>", CHART_HEIGHT - 0.5,
             CHART_HEIGHT - 0.5);
    for (unsigned i = 0; i < bars; i++) {
        double height = most ? (CHART_HEIGHT - 2) * (double)count[i] / (double)most : 0;
        if (count[i] && height < 2)
            height = 2; /* one of many is still seen */
        if (count[i])
            buf_addf(page->out,
                     "<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"><title>%llu"
                     "</title></rect>",
                     i * width + width * 0.1, CHART_HEIGHT - 1 - height, width * 0.8, height,
                     (unsigned long long)count[i]);
    }
    buf_adds(page->out, "</svg></figure>\n");
}
