/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/istag.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "common/hex.h"
#include "modules/epost_av/state.h"

#define ISTAG_BYTES 12 /* 24 hexadecimal digits; c-icap takes 26 characters */

static ci_service_xdata_t *service;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uint8_t policy[32];
static _Atomic uint64_t seen = 1; /* supervisor and sequence at the last look; odd: look again */

void istag_init(ci_service_xdata_t *xdata)
{
    service = xdata;
}

void istag_policy(void)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    struct exceptions *exceptions = state_exceptions();
    const struct settings *s = &state_settings;
    uint64_t numbers[] = {(uint64_t)s->range_policy, (uint64_t)s->max_body_size};

    pthread_mutex_lock(&mutex);
    if (digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1) {
        for (unsigned i = 0; i < s->policies.count; i++) {
            const struct policy *p = &s->policies.profile[i];
            EVP_DigestUpdate(digest, p->name, strlen(p->name) + 1);
            EVP_DigestUpdate(digest, p->action, sizeof p->action);
        }
        EVP_DigestUpdate(digest, numbers, sizeof numbers);
        EVP_DigestUpdate(digest, s->range_risky, strlen(s->range_risky));
        EVP_DigestUpdate(digest, exceptions_digest(exceptions), WIRE_SHA256);
        EVP_DigestFinal_ex(digest, policy, NULL);
    }
    atomic_store(&seen, 1);
    pthread_mutex_unlock(&mutex);
    EVP_MD_CTX_free(digest);
    exceptions_drop(&exceptions);
}

static void istag_set(const uint8_t set_id[WIRE_SET_ID])
{
    uint8_t input[WIRE_SET_ID + sizeof policy], sum[32];
    char text[2 * ISTAG_BYTES + 1];

    memcpy(input, set_id, WIRE_SET_ID);
    memcpy(input + WIRE_SET_ID, policy, sizeof policy);
    if (EVP_Digest(input, sizeof input, sum, NULL, EVP_sha256(), NULL) != 1)
        return;
    hex_encode(sum, ISTAG_BYTES, text);
    ci_service_set_istag(service, text);
}

void istag_refresh(void)
{
    static const uint8_t none[WIRE_SET_ID];
    struct board_view view;
    const struct board *board = state_board();
    uint64_t now = 0;

    if (board)
        now = (uint64_t)(uint32_t)atomic_load(&board->supervisor_pid) << 32 |
              atomic_load(&board->sequence);

    if (now % 2 == 0 && now == atomic_load(&seen))
        return;
    pthread_mutex_lock(&mutex);
    if (board) {
        board_read(board, &view);
        istag_set(view.serving.set_id);
    } else {
        istag_set(none);
    }
    /* Read before the view: a change in between is seen at the next call. */
    atomic_store(&seen, now % 2 == 0 ? now : 1);
    pthread_mutex_unlock(&mutex);
}
