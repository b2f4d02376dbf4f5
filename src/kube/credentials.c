#include "kube/credentials.h"

#include "base/buffer.h"
#include "base/file.h"
#include "kube/exec_credential.h"
#include "kube/tls.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    RENEW_BEFORE_EXPIRY_SECONDS = 30,
    /* A plug-in whose results are refused or expire at once is not run more often than this. */
    PLUG_IN_PAUSE_SECONDS = 5,
};

/* Tells whether a file was replaced: mounted Secrets and tokens get a new inode. */
struct file_state {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
};

enum { STATE_CA, STATE_CERTIFICATE, STATE_KEY, STATE_COUNT };

struct credentials {
    const struct kubeconfig *config;
    const struct clock *clock;

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    struct credential *current; /* NULL: a plug-in has not answered yet */
    bool is_refused;            /* current was */
    int64_t read_at_ns;         /* monotonic */
    struct file_state states[STATE_COUNT];

    bool has_thread;
    pthread_t thread;
    int stop_fd;    /* readable: a plug-in that runs is to be killed */
    bool is_wanted; /* the thread is to run the plug-in */
    bool is_stopping;
    int64_t expires_wall_ns;
    int64_t ran_at_ns; /* monotonic; 0: never */
    uint64_t runs;
    struct error failure; /* of the last run; kind 0: it went well */
};

/* ---- snapshots ---- */

struct credential *credential_ref(struct credential *credential) {
    __atomic_add_fetch(&credential->references, 1, __ATOMIC_RELAXED);
    return credential;
}

void credential_unref(struct credential *credential) {
    if (!credential || __atomic_sub_fetch(&credential->references, 1, __ATOMIC_ACQ_REL))
        return;
    SSL_CTX_free(credential->tls);
    secret_text_clear(&credential->token);
    free(credential);
}

/* Takes tls over. */
static struct credential *credential_new(SSL_CTX *tls, struct text token) {
    struct credential *credential = XNEW(struct credential);

    credential->references = 1;
    credential->tls = tls;
    if (token.length)
        credential->token = secret_text_new(token.data, token.length);
    return credential;
}

static void wipe(struct buffer *buffer) {
    if (buffer->data)
        explicit_bzero(buffer->data, buffer->capacity);
    buffer_clear(buffer);
}

static bool read_or_inline(const char *path, const char *content, struct buffer *out, struct error *err) {
    if (content) {
        buffer_add_string(out, content);
        return true;
    }
    return !path || file_read(path, CREDENTIALS_FILE_BYTES_MAX, out, err);
}

/* With the certificate of a plug-in, if that is not NULL. */
static SSL_CTX *make_tls(const struct kubeconfig *config, const struct exec_credential *given,
                         struct error *err) {
    CLEANUP_BUFFER struct buffer ca = { 0 };
    CLEANUP_BUFFER struct buffer certificate = { 0 };
    CLEANUP(wipe) struct buffer key = { 0 };
    struct secret_text key_text;
    bool has_certificate;

    if (!read_or_inline(config->ca_file, config->ca_pem, &ca, err))
        return NULL;
    if (given && given->client_certificate_pem) {
        buffer_add_string(&certificate, given->client_certificate_pem);
        buffer_add(&key, given->client_key_pem.bytes, given->client_key_pem.length);
    } else if (!read_or_inline(config->client_certificate_file, config->client_certificate_pem, &certificate,
                               err) ||
               !read_or_inline(config->client_key_file, config->client_key_pem.bytes, &key, err)) {
        return NULL;
    }
    has_certificate = certificate.length > 0;
    key_text = (struct secret_text){ key.data, key.length };
    return tls_context_new(
        &(struct tls_identity){ .ca_pem = config->ca_pem || config->ca_file ? buffer_string(&ca) : NULL,
                                .insecure_skip_verify = config->insecure_skip_tls_verify,
                                .certificate_pem = has_certificate ? buffer_string(&certificate) : NULL,
                                .key_pem = has_certificate ? &key_text : NULL },
        err);
}

/* ---- files ---- */

static void look(const char *path, struct file_state *out_state) {
    struct stat status;

    *out_state = (struct file_state){ 0 };
    if (path && !stat(path, &status))
        *out_state = (struct file_state){ status.st_dev, status.st_ino, status.st_size, status.st_mtim };
}

static bool is_same_file(const struct file_state *a, const struct file_state *b) {
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec;
}

/* Notes what the files are now; whether any was replaced. */
static bool files_changed(struct credentials *credentials) {
    const struct kubeconfig *config = credentials->config;
    const char *const paths[STATE_COUNT] = { [STATE_CA] = config->ca_file,
                                             [STATE_CERTIFICATE] = config->client_certificate_file,
                                             [STATE_KEY] = config->client_key_file };
    bool changed = false;

    for (int i = 0; i < STATE_COUNT; i++) {
        struct file_state now;
        look(paths[i], &now);
        changed = changed || !is_same_file(&now, &credentials->states[i]);
        credentials->states[i] = now;
    }
    return changed;
}

/* RFC 6750, 2.1, is stricter; this much keeps a token from ending its header line. */
static bool check_token(struct text token, struct error *err) {
    for (size_t i = 0; i < token.length; i++)
        if (token.data[i] <= ' ' || token.data[i] > '~')
            return error_set(err, ERROR_INVALID,
                             "the bearer token holds a blank or an unprintable character");
    return true;
}

static bool read_token(const struct kubeconfig *config, struct buffer *out, struct error *err) {
    if (config->token_file)
        return file_read(config->token_file, CREDENTIALS_FILE_BYTES_MAX, out, err);
    buffer_add(out, config->token.bytes ? config->token.bytes : "", config->token.length);
    return true;
}

static bool has_token(const struct credential *credential, struct text token) {
    struct secret_text other = { (char *)(uintptr_t)token.data, token.length };

    if (!credential->token.bytes || !token.length)
        return !credential->token.bytes && !token.length;
    return secret_text_equal(&credential->token, &other);
}

/* Makes a snapshot of what the files say now; keeps the present one when they say the same. Under the lock.
 */
static bool refresh_from_files(struct credentials *credentials, struct error *err) {
    CLEANUP(wipe) struct buffer content = { 0 };
    struct credential *present = credentials->current;
    bool changed = files_changed(credentials);
    SSL_CTX *tls = NULL;
    struct text token;

    if (!read_token(credentials->config, &content, err))
        return false;
    token = text_trim(buffer_text(&content));
    if (!check_token(token, err))
        return false;
    credentials->read_at_ns = clock_monotonic(credentials->clock);
    credentials->is_refused = false;
    if (present && !changed && has_token(present, token))
        return true;
    if (present && !changed && present->tls) {
        tls = present->tls;
        SSL_CTX_up_ref(tls);
    } else if (!credentials->config->is_plain_http) {
        tls = make_tls(credentials->config, NULL, err);
        if (!tls)
            return false;
    }
    credentials->current = credential_new(tls, token);
    credential_unref(present);
    return true;
}

static bool is_older_than(const struct credentials *credentials, int64_t since_ns, int seconds) {
    return clock_monotonic(credentials->clock) - since_ns >= seconds * NANOSECONDS_PER_SECOND;
}

static bool take_from_files(struct credentials *credentials, struct error *err) {
    bool is_due = credentials->is_refused || !credentials->current ||
                  is_older_than(credentials, credentials->read_at_ns, CREDENTIALS_FILE_SECONDS);
    struct error why = { 0 };

    if (!is_due || refresh_from_files(credentials, &why))
        return true;
    /* A file that is missing for a moment is no reason to forget a token that may well be good. */
    if (credentials->current && !credentials->is_refused)
        return true;
    if (err)
        *err = why;
    return false;
}

/* ---- plug-ins ---- */

/* Under the lock. */
static void publish(struct credentials *credentials, SSL_CTX *tls, struct exec_credential *given) {
    struct text token = { given->token.bytes, given->token.length };

    credential_unref(credentials->current);
    credentials->current = credential_new(tls, token);
    credentials->expires_wall_ns = given->expires_wall_ns;
    credentials->is_refused = false;
    credentials->failure = (struct error){ 0 };
}

static void run_plug_in(struct credentials *credentials) {
    CLEANUP(exec_credential_clear) struct exec_credential given = { 0 };
    struct error failure = { 0 };
    SSL_CTX *tls = NULL;
    bool done;

    done = exec_credential_run(credentials->config, EXEC_CREDENTIAL_TIMEOUT_MS, credentials->stop_fd, &given,
                               &failure) &&
           check_token((struct text){ given.token.bytes, given.token.length }, &failure);
    if (done && !credentials->config->is_plain_http) {
        tls = make_tls(credentials->config, &given, &failure);
        done = tls;
    }
    pthread_mutex_lock(&credentials->lock);
    if (done)
        publish(credentials, tls, &given);
    else
        credentials->failure = failure;
    credentials->ran_at_ns = clock_monotonic(credentials->clock);
    credentials->runs++;
    pthread_mutex_unlock(&credentials->lock);
}

static void *plug_in_main(void *context) {
    struct credentials *credentials = context;

    pthread_mutex_lock(&credentials->lock);
    while (!credentials->is_stopping) {
        if (!credentials->is_wanted) {
            pthread_cond_wait(&credentials->changed, &credentials->lock);
            continue;
        }
        pthread_mutex_unlock(&credentials->lock);
        run_plug_in(credentials);
        pthread_mutex_lock(&credentials->lock);
        credentials->is_wanted = false;
        pthread_cond_broadcast(&credentials->changed);
    }
    pthread_mutex_unlock(&credentials->lock);
    return NULL;
}

/* Under the lock. */
static void start_thread(struct credentials *credentials) {
    sigset_t all, before;

    if (credentials->has_thread)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    credentials->has_thread = !pthread_create(&credentials->thread, NULL, plug_in_main, credentials);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    ensure(credentials->has_thread);
}

static bool expires_within(const struct credentials *credentials, int seconds) {
    return credentials->expires_wall_ns &&
           clock_wall(credentials->clock) + seconds * NANOSECONDS_PER_SECOND >= credentials->expires_wall_ns;
}

static bool is_usable(const struct credentials *credentials) {
    return credentials->current && !credentials->is_refused && !expires_within(credentials, 0);
}

static bool ran_just_now(const struct credentials *credentials) {
    return credentials->ran_at_ns &&
           !is_older_than(credentials, credentials->ran_at_ns, PLUG_IN_PAUSE_SECONDS);
}

static bool not_ready(const struct credentials *credentials, struct error *err) {
    if (!credentials->failure.kind && credentials->is_refused)
        return error_set(err, ERROR_UNAUTHORIZED, "the API server refuses what credential plug-in %s gave",
                         credentials->config->exec.command);
    if (!credentials->failure.kind)
        return error_set(err, ERROR_UNAVAILABLE, "credential plug-in %s has not answered yet",
                         credentials->config->exec.command);
    if (err)
        *err = credentials->failure;
    return false;
}

static bool take_from_plug_in(struct credentials *credentials, int timeout_ms, struct error *err) {
    uint64_t runs = credentials->runs;
    struct timespec until;
    int64_t nanoseconds;
    int waited = 0;

    if (is_usable(credentials) && !expires_within(credentials, RENEW_BEFORE_EXPIRY_SECONDS))
        return true;
    if (!credentials->is_wanted && !ran_just_now(credentials)) {
        start_thread(credentials);
        credentials->is_wanted = true;
        pthread_cond_broadcast(&credentials->changed);
    }
    if (is_usable(credentials))
        return true;
    if (!credentials->is_wanted && credentials->current && !credentials->is_refused)
        return true; /* it expired by its own word, and the plug-in gave it just now: our clock may be wrong
                      */

    clock_gettime(CLOCK_MONOTONIC, &until);
    nanoseconds = until.tv_nsec + timeout_ms * NANOSECONDS_PER_MS;
    until.tv_sec += nanoseconds / NANOSECONDS_PER_SECOND;
    until.tv_nsec = nanoseconds % NANOSECONDS_PER_SECOND;
    while (timeout_ms > 0 && credentials->is_wanted && credentials->runs == runs && !waited)
        waited = pthread_cond_timedwait(&credentials->changed, &credentials->lock, &until);
    if (credentials->current && !credentials->is_refused)
        return true;
    if (!timeout_ms && credentials->is_wanted && !credentials->failure.kind)
        return false; /* it is running, and nothing is known against it */
    return not_ready(credentials, err);
}

/* ---- life and use ---- */

struct credentials *credentials_new(const struct kubeconfig *config, const struct clock *clock,
                                    struct error *err) {
    CLEANUP_POINTER(credentials_free) struct credentials *credentials = XNEW(struct credentials);
    pthread_condattr_t attributes;

    credentials->config = config;
    credentials->clock = clock;
    credentials->stop_fd = eventfd(0, EFD_CLOEXEC);
    ensure(credentials->stop_fd >= 0);
    pthread_mutex_init(&credentials->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&credentials->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (!config->exec.command && !refresh_from_files(credentials, err))
        return NULL;
    return TAKE(credentials);
}

void credentials_free(struct credentials *credentials) {
    if (!credentials)
        return;
    pthread_mutex_lock(&credentials->lock);
    credentials->is_stopping = true;
    pthread_cond_broadcast(&credentials->changed);
    pthread_mutex_unlock(&credentials->lock);
    ensure(eventfd_write(credentials->stop_fd, 1) == 0);
    if (credentials->has_thread)
        pthread_join(credentials->thread, NULL);
    close(credentials->stop_fd);
    credential_unref(credentials->current);
    pthread_cond_destroy(&credentials->changed);
    pthread_mutex_destroy(&credentials->lock);
    free(credentials);
}

struct credential *credentials_take(struct credentials *credentials, int timeout_ms, struct error *err) {
    struct credential *taken = NULL;
    bool has_one;

    pthread_mutex_lock(&credentials->lock);
    if (credentials->config->exec.command)
        has_one = take_from_plug_in(credentials, timeout_ms, err);
    else
        has_one = take_from_files(credentials, err);
    if (has_one)
        taken = credential_ref(credentials->current);
    pthread_mutex_unlock(&credentials->lock);
    return taken;
}

void credentials_refused(struct credentials *credentials, const struct credential *refused) {
    pthread_mutex_lock(&credentials->lock);
    if (credentials->current == refused)
        credentials->is_refused = true;
    pthread_mutex_unlock(&credentials->lock);
}
