#include "kube/http.h"

#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>
#include <sys/queue.h>

struct task {
    STAILQ_ENTRY(task) next;
    http_task_fn *function;
    void *context;
};

struct http {
    struct event_base *base; /* the network thread's, as the pool */
    struct http_pool *pool;
    struct event *wake;
    pthread_t thread;
    bool is_stopping; /* the network thread's */

    pthread_mutex_t lock; /* guards tasks */
    STAILQ_HEAD(, task) tasks;
};

/* ---- the network thread ---- */

static void run_tasks(evutil_socket_t fd, short what, void *context) {
    struct http *http = context;
    struct task *task;

    for (;;) {
        pthread_mutex_lock(&http->lock);
        task = STAILQ_FIRST(&http->tasks);
        if (task)
            STAILQ_REMOVE_HEAD(&http->tasks, next);
        pthread_mutex_unlock(&http->lock);
        if (!task)
            return;
        task->function(task->context);
        free(task);
    }
}

static void *network_main(void *context) {
    struct http *http = context;

    while (!http->is_stopping)
        (void)event_base_loop(http->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
    return NULL;
}

static void use_threads(void) {
    ensure(evthread_use_pthreads() == 0);
}

struct http *http_new(const struct http_options *options) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http *http = XNEW(struct http);
    sigset_t all, before;

    pthread_once(&once, use_threads);
    STAILQ_INIT(&http->tasks);
    pthread_mutex_init(&http->lock, NULL);
    http->base = event_base_new();
    ensure(http->base);
    http->pool = http_pool_new(http->base, options);
    http->wake = event_new(http->base, -1, EV_PERSIST, run_tasks, http);
    ensure(http->wake);
    /* Signals are for the main thread; and without SIGPIPE a write to a closed connection is just an error.
     */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    ensure(pthread_create(&http->thread, NULL, network_main, http) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return http;
}

static void stop(void *context) {
    struct http *http = context;

    http->is_stopping = true;
}

void http_free(struct http *http) {
    if (!http)
        return;
    http_run(http, stop, http);
    pthread_join(http->thread, NULL);
    ensure(STAILQ_EMPTY(&http->tasks));
    http_pool_free(http->pool);
    event_free(http->wake);
    event_base_free(http->base);
    pthread_mutex_destroy(&http->lock);
    free(http);
}

struct http_pool *http_get_pool(struct http *http) {
    return http->pool;
}

struct event_base *http_get_base(struct http *http) {
    return http->base;
}

/* ---- from other threads ---- */

void http_run(struct http *http, http_task_fn *function, void *context) {
    struct task *task = XNEW(struct task);

    task->function = function;
    task->context = context;
    pthread_mutex_lock(&http->lock);
    STAILQ_INSERT_TAIL(&http->tasks, task, next);
    pthread_mutex_unlock(&http->lock);
    event_active(http->wake, 0, 0);
}

/* What one thread waits for. */
struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t finished;
    bool is_finished;
};

static void waiter_init(struct waiter *waiter) {
    *waiter = (struct waiter){ .lock = PTHREAD_MUTEX_INITIALIZER, .finished = PTHREAD_COND_INITIALIZER };
}

static void waiter_finish(struct waiter *waiter) {
    pthread_mutex_lock(&waiter->lock);
    waiter->is_finished = true;
    pthread_cond_signal(&waiter->finished);
    pthread_mutex_unlock(&waiter->lock);
}

static void waiter_wait(struct waiter *waiter) {
    pthread_mutex_lock(&waiter->lock);
    while (!waiter->is_finished)
        pthread_cond_wait(&waiter->finished, &waiter->lock);
    pthread_mutex_unlock(&waiter->lock);
    pthread_cond_destroy(&waiter->finished);
    pthread_mutex_destroy(&waiter->lock);
}

struct awaited_task {
    struct waiter waiter;
    http_task_fn *function;
    void *context;
};

static void run_awaited(void *context) {
    struct awaited_task *task = context;

    task->function(task->context);
    waiter_finish(&task->waiter);
}

void http_run_and_wait(struct http *http, http_task_fn *function, void *context) {
    struct awaited_task task = { .function = function, .context = context };

    if (pthread_equal(pthread_self(), http->thread)) {
        function(context);
        return;
    }
    waiter_init(&task.waiter);
    http_run(http, run_awaited, &task);
    waiter_wait(&task.waiter);
}

struct exchange {
    struct waiter waiter;
    struct http *http;
    const struct http_request *request;
    struct http_answer answer;
    struct error failure;
    bool is_answered;
};

static void exchange_done(void *context, struct http_answer *answer, const struct error *err) {
    struct exchange *exchange = context;

    if (answer) {
        exchange->answer = *answer;
        *answer = (struct http_answer){ 0 };
        exchange->is_answered = true;
    } else {
        exchange->failure = *err;
    }
    waiter_finish(&exchange->waiter);
}

static void exchange_start(void *context) {
    struct exchange *exchange = context;
    const struct http_handler handler = { .context = exchange, .done = exchange_done };

    ensure(!exchange->request->is_stream);
    (void)http_pool_start(exchange->http->pool, exchange->request, &handler);
}

static void exchange_begin(struct exchange *exchange, struct http *http, const struct http_request *request) {
    ensure(!pthread_equal(pthread_self(), http->thread));
    *exchange = (struct exchange){ .http = http, .request = request };
    waiter_init(&exchange->waiter);
    http_run(http, exchange_start, exchange);
}

bool http_exchange(struct http *http, const struct http_request *request, struct http_answer *out_answer,
                   struct error *err) {
    struct exchange exchange;

    exchange_begin(&exchange, http, request);
    waiter_wait(&exchange.waiter);
    if (exchange.is_answered)
        *out_answer = exchange.answer;
    else if (err)
        *err = exchange.failure;
    return exchange.is_answered;
}

void http_exchange_all(struct http *http, const struct http_request *requests, size_t count,
                       struct http_outcome *out_outcomes) {
    CLEANUP_FREE struct exchange *exchanges = xcalloc(count, sizeof(*exchanges));

    for (size_t i = 0; i < count; i++)
        exchange_begin(&exchanges[i], http, &requests[i]);
    for (size_t i = 0; i < count; i++) {
        waiter_wait(&exchanges[i].waiter);
        out_outcomes[i] = (struct http_outcome){ .is_answered = exchanges[i].is_answered,
                                                 .answer = exchanges[i].answer,
                                                 .failure = exchanges[i].failure };
    }
}
