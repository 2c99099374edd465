/* SPDX-License-Identifier: GPL-2.0-or-later */
#define POINTERHOLDER_TRANSITION 4

#include "inspect/formats/pdfqpdf.h"

#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include <malloc.h>
#include <qpdf/InputSource.hh>
#include <qpdf/Pipeline.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFExc.hh>
#include <qpdf/QPDFObjectHandle.hh>

#define PDFQPDF_LOOK  256u                /* requests for memory between two looks at the clock */
#define PDFQPDF_READS 16u                 /* reads and writes between them */
#define PDFQPDF_GRACE (UINT64_C(1) << 20) /* bytes for unwinding once a ceiling was hit */

namespace
{

/* The ceilings of the call that runs now. The operators below look at it. */
struct guard {
    bool on = false, hit = false;
    uint64_t held = 0, held_max = 0; /* bytes */
    uint64_t end_ns = 0;             /* of CPU time of this thread */
    unsigned requests = 0, reads = 0;
};

thread_local guard pdfqpdf_guard;

uint64_t pdfqpdf_cpu_ns()
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

/* One ceiling was hit: the library gets an exception, and a little more to clean up with. */
[[noreturn]] void pdfqpdf_stop()
{
    pdfqpdf_guard.hit = true;
    pdfqpdf_guard.held_max += PDFQPDF_GRACE;
    throw std::bad_alloc();
}

void pdfqpdf_look()
{
    guard &g = pdfqpdf_guard;

    if (g.on && pdfqpdf_cpu_ns() > g.end_ns)
        pdfqpdf_stop();
}

/* The library reads or writes. */
void pdfqpdf_moves()
{
    if (++pdfqpdf_guard.reads % PDFQPDF_READS == 0)
        pdfqpdf_look();
}

void *pdfqpdf_allocate(std::size_t size)
{
    guard &g = pdfqpdf_guard;
    void *memory;

    if (g.on) {
        /* Destructors ask for little: what cleans up is not stopped. */
        if (g.held + size > g.held_max)
            pdfqpdf_stop();
        if (!g.hit && ++g.requests % PDFQPDF_LOOK == 0)
            pdfqpdf_look();
    }
    memory = std::malloc(size ? size : 1);
    if (memory == nullptr)
        throw std::bad_alloc();
    if (g.on)
        g.held += malloc_usable_size(memory);
    return memory;
}

void pdfqpdf_release(void *memory) noexcept
{
    guard &g = pdfqpdf_guard;

    if (g.on && memory != nullptr) {
        std::size_t size = malloc_usable_size(memory);

        g.held -= size < g.held ? size : g.held;
    }
    std::free(memory);
}

/* Turns the ceilings on for as long as it lives. */
class pdfqpdf_guarded
{
  public:
    pdfqpdf_guarded(uint64_t left_ns, uint64_t held, uint64_t held_max)
    {
        pdfqpdf_guard = guard();
        pdfqpdf_guard.held = held;
        pdfqpdf_guard.held_max = held_max;
        begin = pdfqpdf_cpu_ns();
        pdfqpdf_guard.end_ns = begin + left_ns;
        pdfqpdf_guard.on = true;
    }
    ~pdfqpdf_guarded()
    {
        pdfqpdf_guard.on = false;
    }
    pdfqpdf_guarded(const pdfqpdf_guarded &) = delete;
    pdfqpdf_guarded &operator=(const pdfqpdf_guarded &) = delete;
    uint64_t used_ns() const
    {
        return pdfqpdf_cpu_ns() - begin;
    }

  private:
    uint64_t begin;
};

/* The bytes in memory. Every read looks at the clock. */
class pdfqpdf_source : public InputSource
{
  public:
    pdfqpdf_source(const uint8_t *bytes, size_t size) : data(bytes), length(size), name("document")
    {
    }
    qpdf_offset_t findAndSkipNextEOL() override
    {
        pdfqpdf_moves();
        while (at < length && data[at] != '\r' && data[at] != '\n')
            at++;
        qpdf_offset_t end = static_cast<qpdf_offset_t>(at);
        while (at < length && (data[at] == '\r' || data[at] == '\n'))
            at++;
        return end;
    }
    std::string const &getName() const override
    {
        return name;
    }
    qpdf_offset_t tell() override
    {
        return static_cast<qpdf_offset_t>(at);
    }
    void seek(qpdf_offset_t offset, int whence) override
    {
        qpdf_offset_t base = whence == SEEK_SET   ? 0
                             : whence == SEEK_CUR ? static_cast<qpdf_offset_t>(at)
                                                  : static_cast<qpdf_offset_t>(length);

        if (offset < -base)
            throw std::runtime_error("a place before the beginning");
        at = static_cast<size_t>(base + offset);
    }
    void rewind() override
    {
        at = 0;
    }
    size_t read(char *into, size_t size) override
    {
        pdfqpdf_moves();
        last_offset = static_cast<qpdf_offset_t>(at);
        if (at >= length)
            return 0;
        if (size > length - at)
            size = length - at;
        memcpy(into, data + at, size);
        at += size;
        return size;
    }
    void unreadCh(char) override
    {
        if (at > 0)
            at--;
    }

  private:
    const uint8_t *data;
    size_t length, at = 0;
    std::string name;
};

/* Into a buffer, as long as the budget allows. */
class pdfqpdf_sink : public Pipeline
{
  public:
    pdfqpdf_sink(const struct budget *ceilings, uint64_t document, struct buffer *into)
        : Pipeline("buffer", nullptr), budget(ceilings), container(document), buffer(into)
    {
    }
    void write(unsigned char const *data, size_t length) override
    {
        pdfqpdf_moves();
        if (full || budget_ratio(budget, container, buffer->length + length) != REASON_NONE ||
            budget_member(budget, buffer->length + length) != REASON_NONE ||
            buffer_add(buffer, data, length) != 0) {
            full = true;
            throw std::runtime_error("a ceiling");
        }
    }
    void finish() override
    {
    }
    bool full = false;

  private:
    const struct budget *budget;
    uint64_t container;
    struct buffer *buffer;
};

} // namespace

/* Every "new" of this program and of the C++ libraries in it comes here. */
void *operator new(std::size_t size)
{
    return pdfqpdf_allocate(size);
}

void *operator new[](std::size_t size)
{
    return pdfqpdf_allocate(size);
}

/* Every form of them: one that is left to the library (or to a sanitizer) would give memory of
 * another kind to the delete below. */
static void *pdfqpdf_allocate_or_null(std::size_t size) noexcept
{
    try {
        return pdfqpdf_allocate(size);
    } catch (const std::bad_alloc &) {
        return nullptr;
    }
}

void *operator new(std::size_t size, const std::nothrow_t &) noexcept
{
    return pdfqpdf_allocate_or_null(size);
}

void *operator new[](std::size_t size, const std::nothrow_t &) noexcept
{
    return pdfqpdf_allocate_or_null(size);
}

void operator delete(void *memory, const std::nothrow_t &) noexcept
{
    pdfqpdf_release(memory);
}

void operator delete[](void *memory, const std::nothrow_t &) noexcept
{
    pdfqpdf_release(memory);
}

void operator delete(void *memory) noexcept
{
    pdfqpdf_release(memory);
}

void operator delete[](void *memory) noexcept
{
    pdfqpdf_release(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
    pdfqpdf_release(memory);
}

void operator delete[](void *memory, std::size_t) noexcept
{
    pdfqpdf_release(memory);
}

struct pdfqpdf {
    QPDF reader;
    std::vector<QPDFObjectHandle> objects;
    size_t next = 0;
    uint64_t left_ns = 0, held = 0, held_max = 0, length = 0;
    bool listed = false;
};

static enum pdfcrypt_method pdfqpdf_method(QPDF::encryption_method_e method)
{
    switch (method) {
    case QPDF::e_rc4:
        return PDFCRYPT_RC4;
    case QPDF::e_aes:
        return PDFCRYPT_AESV2;
    case QPDF::e_aesv3:
        return PDFCRYPT_AESV3;
    default:
        return PDFCRYPT_NONE;
    }
}

static void pdfqpdf_key(QPDF &reader, struct pdfcrypt_key *key)
{
    int revision = 0, permissions = 0, version = 0;
    QPDF::encryption_method_e stream, string, file;

    if (!reader.isEncrypted(revision, permissions, version, stream, string, file))
        return;
    std::string bytes = reader.getEncryptionKey();
    if (bytes.empty() || bytes.size() > sizeof key->bytes)
        return;
    memcpy(key->bytes, bytes.data(), bytes.size());
    key->length = bytes.size();
    /* Before version 4 there was nothing to choose. */
    key->stream = version < 4 ? PDFCRYPT_RC4 : pdfqpdf_method(stream);
    key->file = version < 4 ? PDFCRYPT_RC4 : pdfqpdf_method(file);
}

/* Runs `work` under the document's ceilings. */
template <typename Work> static enum pdfqpdf_state pdfqpdf_run(struct pdfqpdf *document, Work work)
{
    enum pdfqpdf_state state = PDFQPDF_REFUSED;
    pdfqpdf_guarded guarded(document->left_ns, document->held, document->held_max);

    try {
        state = work();
    } catch (const QPDFExc &error) {
        state =
            error.getErrorCode() == qpdf_e_password || error.getErrorCode() == qpdf_e_unsupported
                ? PDFQPDF_PASSWORD
                : PDFQPDF_REFUSED;
    } catch (const std::exception &) {
        state = PDFQPDF_REFUSED;
    }
    if (pdfqpdf_guard.hit)
        state = PDFQPDF_LIMIT;
    document->held = pdfqpdf_guard.held;
    uint64_t used = guarded.used_ns();
    document->left_ns -= used < document->left_ns ? used : document->left_ns;
    return state;
}

enum pdfqpdf_state pdfqpdf_open(const uint8_t *data, size_t length, uint64_t cpu_ms,
                                uint64_t memory, struct pdfqpdf **document_r,
                                struct pdfcrypt_key *key_r)
{
    struct pdfqpdf *document = new (std::nothrow) pdfqpdf();
    enum pdfqpdf_state state;

    *document_r = nullptr;
    memset(key_r, 0, sizeof *key_r);
    if (document == nullptr)
        return PDFQPDF_LIMIT;
    document->left_ns = cpu_ms * 1000000u;
    document->held_max = memory;
    document->length = length;
    state = pdfqpdf_run(document, [&]() {
        document->reader.setSuppressWarnings(true);
        document->reader.processInputSource(std::make_shared<pdfqpdf_source>(data, length));
        pdfqpdf_key(document->reader, key_r);
        return PDFQPDF_READ;
    });
    *document_r = document;
    if (state != PDFQPDF_READ)
        pdfqpdf_close(document_r);
    return state;
}

static enum pdfqpdf_state pdfqpdf_stream(struct pdfqpdf *document, const struct budget *budget,
                                         struct buffer *buffer, uint32_t *number_r)
{
    if (!document->listed) {
        document->listed = true;
        document->objects = document->reader.getAllObjects();
    }
    while (document->next < document->objects.size()) {
        QPDFObjectHandle object = document->objects[document->next++];

        if (!object.isStream())
            continue;
        pdfqpdf_sink sink(budget, document->length, buffer);
        *number_r = static_cast<uint32_t>(object.getObjectID());
        object.pipeStreamData(&sink, nullptr, 0, qpdf_dl_specialized, true, false);
        return sink.full ? PDFQPDF_LIMIT : PDFQPDF_READ;
    }
    return PDFQPDF_END;
}

enum pdfqpdf_state pdfqpdf_next(struct pdfqpdf *document, const struct budget *budget,
                                struct buffer *buffer, uint32_t *number_r)
{
    return pdfqpdf_run(document,
                       [&]() { return pdfqpdf_stream(document, budget, buffer, number_r); });
}

void pdfqpdf_close(struct pdfqpdf **document)
{
    delete *document;
    *document = nullptr;
}
