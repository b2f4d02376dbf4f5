#include "base/clock.h"
#include "base/yaml.h"
#include "sandbox/loopback.h"
#include "sandbox/service_proxy.h"
#include "sim/kube.h"
#include "test.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <unistd.h>

/* An API with Service "echo" (port 7687, leads to 17687) in a block of addresses of its own, and an echo
 * server. */
struct world {
    struct arena *arena;
    struct loopback_block block;
    struct event_base *loop;
    struct api *api;
    struct kube *kube;
    struct service_proxy *proxy;
    struct evconnlistener *echo;
    const char *pod, *service;
};

static void apply(struct world *world, const char *yaml) {
    struct json *documents;
    struct error err = { 0 };
    assert_true(yaml_parse(world->arena, text_from(yaml), &documents, &err));
    JSON_FOR_EACH_ITEM (document, documents) {
        if (!kube_apply(world->kube, world->arena, "test", document, NULL, &err))
            fail_msg("%s", err.text);
    }
    while (sim_kube_deliver(world->kube))
        ;
    event_base_loop(world->loop, EVLOOP_NONBLOCK);
}

static void on_echo_read(struct bufferevent *end, void *context) {
    bufferevent_write_buffer(end, bufferevent_get_input(end));
}

static void on_echo_event(struct bufferevent *end, short what, void *context) {
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        bufferevent_free(end);
}

static void on_echo_accept(struct evconnlistener *listener, evutil_socket_t socket, struct sockaddr *from,
                           int length, void *context) {
    struct bufferevent *end = bufferevent_socket_new(context, socket, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(end, on_echo_read, NULL, on_echo_event, NULL);
    bufferevent_enable(end, EV_READ | EV_WRITE);
}

static const char *pod_address(struct world *world) {
    struct text rest = text_from(world->block.pods);
    struct text network = text_cut(&rest, '/');
    return arena_printf(world->arena, "%.*s1", (int)network.length - 1, network.data);
}

static struct world *world_make(void) {
    struct world *world = XNEW(struct world);
    struct error err = { 0 };
    world->arena = arena_new();
    assert_true(loopback_claim(world->arena, &world->block, &err));
    world->loop = event_base_new();
    world->api = api_new(
        &(struct api_options){ .clock = &clock_system, .seed = 1, .service_network = world->block.services });
    world->kube = sim_kube_new(world->api, NULL, "test");
    world->pod = pod_address(world);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(17687) };
    inet_pton(AF_INET, world->pod, &address.sin_addr);
    world->echo = evconnlistener_new_bind(world->loop, on_echo_accept, world->loop,
                                          LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, 8,
                                          (struct sockaddr *)&address, sizeof(address));
    assert_non_null(world->echo);
    world->proxy = service_proxy_new(world->loop, world->kube);
    apply(world, "{apiVersion: v1, kind: Service, metadata: {name: echo, namespace: default}, spec: "
                 "{selector: {app: e}, "
                 "ports: [{name: bolt, port: 7687, targetPort: 17687}]}}");
    struct json *service;
    assert_true(kube_get(world->kube, world->arena, &KUBE_SERVICES, "default", "echo", &service, &err));
    world->service = json_string_at(service, "spec.clusterIP", "");
    return world;
}

static void world_end(struct world *world) {
    service_proxy_free(world->proxy);
    evconnlistener_free(world->echo);
    sim_kube_free(world->kube);
    api_free(world->api);
    event_base_loop(world->loop, EVLOOP_NONBLOCK);
    event_base_free(world->loop);
    loopback_release(&world->block);
    arena_free(world->arena);
    free(world);
}
DEFINE_CLEANUP(struct world, world_end);

static void set_endpoint(struct world *world, bool is_ready) {
    apply(world,
          arena_printf(
              world->arena,
              "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: echo-1, namespace: "
              "default, labels: {kubernetes.io/service-name: echo}}, addressType: IPv4, ports: [{name: bolt, "
              "port: 17687, protocol: TCP}], endpoints: [{addresses: ['%s'], conditions: {ready: %s}}]}",
              world->pod, is_ready ? "true" : "false"));
}

/* What comes back through the Service for text within a second: text itself, "" when the connection is
 * closed. */
struct conversation {
    struct event_base *loop;
    struct buffer heard;
    size_t wanted;
    bool is_closed;
};

static void on_heard(struct bufferevent *end, void *context) {
    struct conversation *conversation = context;
    struct evbuffer *input = bufferevent_get_input(end);
    size_t length = evbuffer_get_length(input);
    buffer_add(&conversation->heard, evbuffer_pullup(input, -1), length);
    evbuffer_drain(input, length);
    if (conversation->heard.length >= conversation->wanted)
        event_base_loopbreak(conversation->loop);
}

static void on_closed(struct bufferevent *end, short what, void *context) {
    struct conversation *conversation = context;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
        conversation->is_closed = true;
        event_base_loopbreak(conversation->loop);
    }
}

static struct conversation converse(struct world *world, struct text text) {
    struct conversation conversation = { .loop = world->loop, .wanted = text.length };
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(7687) };
    const struct timeval patience = { .tv_sec = 5 };
    inet_pton(AF_INET, world->service, &address.sin_addr);
    struct bufferevent *end = bufferevent_socket_new(world->loop, -1, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(end, on_heard, NULL, on_closed, &conversation);
    bufferevent_enable(end, EV_READ | EV_WRITE);
    assert_int_equal(bufferevent_socket_connect(end, (struct sockaddr *)&address, sizeof(address)), 0);
    bufferevent_write(end, text.data, text.length);
    event_base_loopexit(world->loop, &patience);
    event_base_dispatch(world->loop);
    bufferevent_free(end);
    event_base_loop(world->loop, EVLOOP_NONBLOCK);
    return conversation;
}

TEST("a connection to a Service's address ends at a ready endpoint, whatever its size") {
    CLEANUP_POINTER(world_end) struct world *world = world_make();
    set_endpoint(world, true);
    CLEANUP_BUFFER struct buffer large = { 0 };
    while (large.length < 3 * 1024 * 1024)
        buffer_add_string(&large, "all work and no play ");
    const struct text texts[] = { TEXT("hello"), buffer_text(&large) };
    for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
        struct conversation conversation = converse(world, texts[i]);
        assert_true(text_equal(buffer_text(&conversation.heard), texts[i]));
        buffer_clear(&conversation.heard);
    }
}

TEST("without a ready endpoint a connection is closed") {
    CLEANUP_POINTER(world_end) struct world *world = world_make();
    set_endpoint(world, false);
    struct conversation conversation = converse(world, TEXT("hello"));
    assert_true(conversation.is_closed);
    assert_int_equal(conversation.heard.length, 0);
}

TEST("nothing listens any more when the Service is gone") {
    CLEANUP_POINTER(world_end) struct world *world = world_make();
    struct error err = { 0 };
    set_endpoint(world, true);
    assert_true(kube_delete(world->kube, &KUBE_SERVICES, "default", "echo", NULL, KUBE_BACKGROUND, &err));
    while (sim_kube_deliver(world->kube))
        ;
    event_base_loop(world->loop, EVLOOP_NONBLOCK);
    int probe = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(7687) };
    inet_pton(AF_INET, world->service, &address.sin_addr);
    assert_int_equal(connect(probe, (struct sockaddr *)&address, sizeof(address)), -1);
    close(probe);
}
