/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/words.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct words_row {
    const char *key, *en, *ja;
};

static const struct words_row words_rows[] = {
    {"title", "epost-av monitor", "epost-av モニター"},
    {"status", "Status", "状態"},
    {"events", "Events", "イベント"},
    {"event", "Event", "イベント"},
    {"other-language", "日本語", "English"},
    {"skip", "Skip to the content", "本文へ移動"},
    {"updated", "As of", "取得時刻"},
    /* the five answers */
    {"q-health", "Healthy?", "正常に動作中?"},
    {"q-age", "Signatures' age?", "パターンの古さ?"},
    {"q-blocked", "Blocked today?", "本日の遮断数?"},
    {"q-unscanned", "Passed unscanned today?", "本日の未検査通過数?"},
    {"q-speed", "Slow?", "遅くないか?"},
    {"yes", "Yes", "はい"},
    {"no", "No", "いいえ"},
    {"unknown", "Unknown", "不明"},
    {"good", "good", "良好"},
    {"warn", "attention", "注意"},
    {"bad", "problem", "問題"},
    {"health-good", "The scanner serves.", "スキャナーは稼働しています。"},
    {"health-reloading", "The scanner serves, and new signatures are being loaded.",
     "稼働中です。新しいパターンを読み込んでいます。"},
    {"health-loading", "The scanner is loading its signatures.",
     "スキャナーはパターンを読み込み中です。"},
    {"health-drained", "The scanner is changing its signatures; requests wait.",
     "パターン切り替え中のため、要求は待機しています。"},
    {"health-failed", "No signatures could be loaded.", "パターンを読み込めませんでした。"},
    {"health-down", "The scanner does not run, or cannot be seen.",
     "スキャナーが停止しているか、状態を確認できません。"},
    {"health-reload-failed", "It serves, but the last reload failed.",
     "稼働中ですが、前回の再読み込みに失敗しました。"},
    {"health-old", "It serves, but the signatures are old.",
     "稼働中ですが、パターンが古くなっています。"},
    {"health-events-lost", "It serves, but events were lost here.",
     "稼働中ですが、失われたイベントがあります。"},
    {"hours", "h", "時間"},
    {"days", "d", "日"},
    {"minutes", "min", "分"},
    {"built", "Newest official database", "最新の公式データベース"},
    {"no-official", "No official database is loaded.", "公式データベースは読み込まれていません。"},
    {"of-requests", "of requests today:", "本日の要求数:"},
    {"none-today", "Nothing today.", "本日はありません。"},
    {"half", "half within", "半数の検査時間"},
    {"most", "95 % within", "95 % の検査時間"},
    {"no-scans", "No scans in the last hour.", "直近 1 時間の検査はありません。"},
    {"database-unreadable",
     "The database of events cannot be read:", "イベントのデータベースを読めません:"},
    /* the rest of the status page */
    {"last-day", "The last 24 hours", "直近 24 時間"},
    {"requests", "Requests", "要求"},
    {"blocked", "Blocked", "遮断"},
    {"unscanned", "Passed unscanned", "未検査で通過"},
    {"an-hour", "an hour, at most", "1 時間あたり最大"},
    {"by-reason", "Passed unscanned today, by reason", "本日の未検査通過 (理由別)"},
    {"reason", "Reason", "理由"},
    {"count", "Count", "件数"},
    {"engine", "Engine", "エンジン"},
    {"state", "State", "状態"},
    {"generation", "Generation", "世代"},
    {"signatures", "Signatures", "パターン数"},
    {"versions", "Databases", "データベース"},
    {"loaded", "Loaded", "読み込み日時"},
    {"workers", "Workers", "ワーカー"},
    {"worker-idle", "idle", "待機"},
    {"worker-scanning", "scanning", "検査中"},
    {"worker-heavy", "at lower priority", "低優先度"},
    {"worker-starting", "starting", "起動中"},
    {"waiting", "Waiting scans", "待機中の検査"},
    {"sandbox", "Confinement", "隔離"},
    {"last-error", "Last failure", "最後の失敗"},
    {"workers-killed", "Killed workers", "強制終了したワーカー"},
    {"workers-crashed", "Crashed workers", "異常終了したワーカー"},
    {"cache-hits", "Answered from the cache", "キャッシュからの応答"},
    {"lost", "Events lost here", "ここで失われたイベント"},
    {"database", "Database", "データベース"},
    {"latest", "Latest events", "最新のイベント"},
    {"no-events", "There are none.", "ありません。"},
    {"more", "More", "もっと見る"},
    /* events */
    {"search", "Search", "検索"},
    {"search-help", "A * at the end finds whatever begins so.",
     "末尾に * を付けると前方一致です。"},
    {"any", "any", "すべて"},
    {"from", "From", "開始日"},
    {"until", "Until", "終了日"},
    {"found", "found", "件"},
    {"older", "Older ones", "さらに古いもの"},
    {"not-found", "There is no such event.", "該当するイベントはありません。"},
    {"no-page", "There is no such page.", "該当するページはありません。"},
    {"what", "What", "内容"},
    {"where", "Where in the body", "本文内の位置"},
    {"body", "the body", "本文"},
    {"all-fields", "All fields", "すべての項目"},
    {"same", "Events with the same", "同じ値のイベント"},
    {"need-token", "This page needs the token of the monitor, as password of any user name.",
     "このページにはモニターのトークンが必要です (任意のユーザー名のパスワードとして入力)。"},
    {"bad-host", "This name is none of the monitor's.", "このホスト名は許可されていません。"},
    {"bad-query", "The query cannot be understood.", "検索条件を解釈できません。"},
    {"only-get", "Only GET is answered.", "GET のみ受け付けます。"},
    {"failed", "That did not work.", "処理できませんでした。"},
    /* fields */
    {"f-time", "Time", "日時"},
    {"f-event", "Kind", "種類"},
    {"f-node", "Machine", "マシン"},
    {"f-id", "Request number", "受付番号"},
    {"f-client", "Client", "クライアント"},
    {"f-user", "User", "ユーザー"},
    {"f-groups", "Groups", "グループ"},
    {"f-service", "Service", "サービス"},
    {"f-profile", "Profile", "プロファイル"},
    {"f-icap", "ICAP method", "ICAP メソッド"},
    {"f-method", "HTTP method", "HTTP メソッド"},
    {"f-url", "URL", "URL"},
    {"f-host", "Host", "ホスト"},
    {"f-name", "File name", "ファイル名"},
    {"f-type", "Declared type", "申告された種類"},
    {"f-size", "Bytes", "バイト数"},
    {"f-sha256", "SHA-256", "SHA-256"},
    {"f-sender", "Sender", "差出人"},
    {"f-recipients", "Recipients", "受取人"},
    {"f-message_id", "Message-ID", "Message-ID"},
    {"f-verdict", "Verdict", "判定"},
    {"f-reason", "Reason", "理由"},
    {"f-action", "Action", "処置"},
    {"f-answered", "Answer taken", "応答の受信"},
    {"f-threat", "Threat", "脅威"},
    {"f-part", "Part", "部分"},
    {"f-part_sha256", "SHA-256 of the part", "部分の SHA-256"},
    {"f-rule", "Rule", "規則"},
    {"f-detail", "Detail", "詳細"},
    {"f-generation", "Generation", "世代"},
    {"f-layers", "Objects looked at", "検査したオブジェクト数"},
    {"f-scanned", "Bytes scanned", "検査バイト数"},
    {"f-cached", "Known already", "既知の判定"},
    {"f-heavy", "At lower priority", "低優先度で検査"},
    {"f-status", "ICAP status", "ICAP ステータス"},
    {"f-sent", "Bytes sent back", "返送バイト数"},
    {"f-range", "Range", "Range"},
    {"f-cpu_ms", "CPU time (ms)", "CPU 時間 (ms)"},
    {"f-scan_ms", "Scan, waiting included (ms)", "検査時間 (待機を含む, ms)"},
    {"f-queued_ms", "Waiting for a worker (ms)", "ワーカー待ち (ms)"},
    {"f-ms", "Whole request (ms)", "要求全体 (ms)"},
    {"f-kept", "Quarantined copy", "隔離されたコピー"},
    {"f-count", "How many", "件数"},
    {"f-signatures", "Signatures", "パターン数"},
    {"f-versions", "Databases", "データベース"},
    /* states of the engine */
    {"state-down", "down", "停止"},
    {"state-loading", "loading", "読み込み中"},
    {"state-ready", "ready", "稼働中"},
    {"state-reloading", "reloading", "再読み込み中"},
    {"state-drained", "waiting for memory", "メモリ待ち"},
    {"state-failed", "failed", "失敗"},
    /* words of events */
    {"clean", "clean", "問題なし"},
    {"infected", "infected", "感染"},
    {"unscannable", "unscannable", "検査不能"},
    {"error", "error", "エラー"},
    {"none", "none", "なし"},
    {"pass", "passed", "通過"},
    {"block", "blocked", "遮断"},
    {"fail", "failed", "失敗応答"},
    {"cut", "broken off", "切断"},
    {"aborted", "client went away", "クライアント離脱"},
    {"transaction", "request", "要求"},
    {"engine-ready", "engine ready", "エンジン稼働"},
    {"engine-down", "engine down", "エンジン停止"},
    {"reload", "new signatures serve", "パターン再読み込み"},
    {"reload-failed", "reload failed", "再読み込み失敗"},
    {"update", "update", "更新"},
    {"update-failed", "update failed", "更新失敗"},
    {"update-current", "nothing newer", "更新なし"},
    {"worker-killed", "worker killed", "ワーカー強制終了"},
    {"worker-crashed", "worker crashed", "ワーカー異常終了"},
    {"sandbox-weak", "weaker confinement", "隔離の低下"},
    {"signatures-old", "old signatures", "古いパターン"},
    {"events-lost", "events lost", "イベント消失"},
    {"monitor", "monitor", "モニター"},
    {"released", "released from quarantine", "隔離から解放"},
    {"deleted", "deleted from quarantine", "隔離から削除"},
    {"allowed", "exception added", "例外を追加"},
    {"encrypted", "encrypted", "暗号化"},
    {"timeout", "scan took too long", "検査時間超過"},
    {"max-body-size", "too large", "サイズ超過"},
    {"partial", "part of a whole", "部分的な内容"},
    {"skipped", "exception", "例外設定"},
    {"quarantined", "crashed before", "以前に検査プロセスが異常終了"},
    {"no-engine", "no signatures loaded", "パターン未読み込み"},
    {"busy", "too many waiting", "待機過多"},
    {"protocol", "malformed request", "要求の形式不正"},
    {"io", "not readable", "読み書き不能"},
    {"memory", "out of memory", "メモリー不足"},
    {"unavailable", "no scanner", "スキャナー応答なし"},
    {"internal", "engine error", "エンジンのエラー"},
    {"retry", "interrupted", "中断 (再試行可)"},
    {"pending", "under way", "検査中"},
    {"encoding", "encoding not undone", "符号化を復元不能"},
    {"container", "files not opened", "開けないファイルを含む"},
    {"malformed", "damaged", "構造の破損"},
    {"heuristic", "heuristic", "ヒューリスティック検出"},
    {"unknown-type", "unknown type", "未知の形式"},
    {"max-scan-size", "unpacks to too much", "展開サイズ超過"},
    {"max-file-size", "file in it too large", "内部ファイルのサイズ超過"},
    {"max-files", "too many files", "ファイル数超過"},
    {"max-recursion", "nested too deep", "入れ子の深さ超過"},
    {"max-scan-time", "takes too long", "検査に時間がかかり過ぎる"},
    {"max-ratio", "decompression bomb", "展開爆弾"},
    {"max-encodings", "encoded too often", "符号化の重ね過ぎ"},
    {"limit", "engine limit", "エンジンの上限"},
    {"max-memory", "memory limit", "メモリー上限"},
    {"block-listed", "block list", "遮断リスト"},
    {"allow-listed", "allow list", "許可リスト"},
    {"stream", "stream of events", "イベントストリーム"},
    {"signature", "signature", "パターン一致"},
    {"crashed", "scan process crashed", "検査プロセス異常終了"},
    {"crash-listed", "crashed before", "以前に検査プロセスが異常終了"},
    {"no-body", "without body", "本文なし"},
    {"REQMOD", "REQMOD", "REQMOD"},
    {"RESPMOD", "RESPMOD", "RESPMOD"},
    {"stripped", "stripped", "除去"},
};

#define WORDS_ROWS (sizeof words_rows / sizeof words_rows[0])

const char *words(const char *language, const char *key)
{
    for (size_t i = 0; i < WORDS_ROWS; i++)
        if (strcmp(words_rows[i].key, key) == 0)
            return strcmp(language, "ja") == 0 ? words_rows[i].ja : words_rows[i].en;
    return key;
}

const char *words_key(size_t i)
{
    return i < WORDS_ROWS ? words_rows[i].key : NULL;
}

/* "ja, en;q=0.8": the language of the greatest weight that is there; the first of equals. */
const char *words_language(const char *accept, const char *deflt)
{
    double best = 0;
    const char *chosen = deflt;

    for (const char *at = accept; at && *at;) {
        at += strspn(at, " \t,");
        size_t length = strcspn(at, ","), tag = strcspn(at, ",;- \t");
        const char *weight = memmem(at, length, "q=", 2);
        double q = weight ? strtod(weight + 2, NULL) : 1.0;
        const char *here = tag == 2 && strncasecmp(at, "ja", 2) == 0   ? "ja"
                           : tag == 2 && strncasecmp(at, "en", 2) == 0 ? "en"
                                                                       : NULL;
        if (here && q > best) {
            best = q;
            chosen = here;
        }
        at += length;
    }
    return chosen;
}
