/*
 * Drives libmosquitto against a broker: libmosquitto_client HOST PORT. Prints "ok NAME" for each scenario that held.
 * One thread, one loop for each client; a scenario that does not end within a minute is ended by alarm().
 */
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "line %d: %s\n", __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

struct client {
    struct mosquitto *handle;
    int connected, reason, session_present, acknowledged, received, gone, gone_reason;
    char last[64];
    int last_qos, last_retain;
    char content_type[32];
    int previous[3]; /* the last number seen of each QoS */
    int in_order;
};

static const char *host;
static int port;

static void on_connect(struct mosquitto *m, void *object, int reason, int flags, const mosquitto_property *properties)
{
    struct client *client = object;
    (void)m;
    (void)properties;
    client->connected = 1;
    client->reason = reason;
    client->session_present = flags & 1;
}

static void on_disconnect(struct mosquitto *m, void *object, int reason, const mosquitto_property *properties)
{
    struct client *client = object;
    (void)m;
    (void)properties;
    client->gone = 1;
    client->gone_reason = reason;
}

static void on_publish(struct mosquitto *m, void *object, int mid, int reason, const mosquitto_property *properties)
{
    (void)m;
    (void)mid;
    (void)properties;
    CHECK(reason < 0x80);
    ((struct client *)object)->acknowledged++;
}

static void on_subscribe(struct mosquitto *m, void *object, int mid, int count, const int *granted,
                         const mosquitto_property *properties)
{
    (void)m;
    (void)mid;
    (void)properties;
    CHECK(count == 1 && granted[0] < 0x80);
    ((struct client *)object)->acknowledged++;
}

static void on_message(struct mosquitto *m, void *object, const struct mosquitto_message *message,
                       const mosquitto_property *properties)
{
    struct client *client = object;
    char *text = NULL;
    (void)m;
    snprintf(client->last, sizeof client->last, "%.*s", message->payloadlen, (char *)message->payload);
    /* A QoS 2 message shows only after PUBREL, so those of different QoS may overtake each other. */
    if (atoi(client->last) < client->previous[message->qos]) client->in_order = 0;
    client->previous[message->qos] = atoi(client->last);
    client->received++;
    client->last_qos = message->qos;
    client->last_retain = message->retain;
    if (mosquitto_property_read_string(properties, MQTT_PROP_CONTENT_TYPE, &text, false)) {
        snprintf(client->content_type, sizeof client->content_type, "%s", text);
        free(text);
    }
}

/* Lets the client work until *value has reached goal. */
static void run_until(struct client *client, const int *value, int goal)
{
    while (*value < goal) {
        int status = mosquitto_loop(client->handle, 100, 1);
        CHECK(status == MOSQ_ERR_SUCCESS || client->gone);
        if (client->gone) break;
    }
    CHECK(*value >= goal);
}

static struct client *make(const char *name, int version, bool clean)
{
    struct client *client = calloc(1, sizeof *client);
    CHECK(client);
    client->handle = mosquitto_new(name, clean, client);
    client->in_order = 1;
    CHECK(client->handle);
    mosquitto_int_option(client->handle, MOSQ_OPT_PROTOCOL_VERSION, version);
    mosquitto_connect_v5_callback_set(client->handle, on_connect);
    mosquitto_disconnect_v5_callback_set(client->handle, on_disconnect);
    mosquitto_publish_v5_callback_set(client->handle, on_publish);
    mosquitto_subscribe_v5_callback_set(client->handle, on_subscribe);
    mosquitto_message_v5_callback_set(client->handle, on_message);
    return client;
}

static void join(struct client *client, mosquitto_property *properties)
{
    CHECK(mosquitto_connect_bind_v5(client->handle, host, port, 60, NULL, properties) == MOSQ_ERR_SUCCESS);
    run_until(client, &client->connected, 1);
    CHECK(client->reason == 0);
}

static void subscribe(struct client *client, const char *filter, int qos)
{
    int goal = client->acknowledged + 1;
    CHECK(mosquitto_subscribe(client->handle, NULL, filter, qos) == MOSQ_ERR_SUCCESS);
    run_until(client, &client->acknowledged, goal);
}

static void publish(struct client *client, const char *topic, const char *text, int qos, bool retain)
{
    int goal = client->acknowledged + 1;
    CHECK(mosquitto_publish(client->handle, NULL, topic, (int)strlen(text), text, qos, retain) == MOSQ_ERR_SUCCESS);
    run_until(client, &client->acknowledged, goal);
}

static void leave(struct client *client)
{
    CHECK(mosquitto_disconnect(client->handle) == MOSQ_ERR_SUCCESS);
    while (!client->gone) mosquitto_loop(client->handle, 100, 1);
    mosquitto_destroy(client->handle);
    free(client);
}

static void deliver_each_qos(int version)
{
    struct client *reader = make("reader", version, true), *writer = make("writer", version, true);
    join(reader, NULL);
    join(writer, NULL);
    subscribe(reader, "c/qos/#", 2);
    for (int qos = 0; qos <= 2; qos++) {
        char text[8];
        snprintf(text, sizeof text, "%d", qos);
        publish(writer, "c/qos/x", text, qos, false);
        run_until(reader, &reader->received, qos + 1);
        CHECK(!strcmp(reader->last, text) && reader->last_qos == qos && !reader->last_retain);
    }
    leave(reader);
    leave(writer);
}

static void deliver_retained(int version)
{
    struct client *writer = make("writer", version, true), *reader = make("reader", version, true);
    join(writer, NULL);
    publish(writer, "c/kept", "kept", 1, true);
    join(reader, NULL);
    subscribe(reader, "c/kept", 1);
    run_until(reader, &reader->received, 1);
    CHECK(reader->last_retain && !strcmp(reader->last, "kept"));
    publish(writer, "c/kept", "", 1, true);
    leave(reader);
    leave(writer);
}

static void publish_will(int version)
{
    struct client *watcher = make("watcher", version, true), *device = make("device", version, true);
    join(watcher, NULL);
    subscribe(watcher, "c/will", 2);
    CHECK(mosquitto_will_set(device->handle, "c/will", 4, "gone", 2, false) == MOSQ_ERR_SUCCESS);
    join(device, NULL);
    CHECK(shutdown(mosquitto_socket(device->handle), SHUT_RDWR) == 0);
    run_until(watcher, &watcher->received, 1);
    CHECK(!strcmp(watcher->last, "gone") && watcher->last_qos == 2);
    mosquitto_destroy(device->handle);
    free(device);
    leave(watcher);
}

static void keep_session(int version)
{
    for (int round = 0; round < 2; round++) {
        struct client *sleeper = make("sleeper", version, false);
        mosquitto_property *properties = NULL;
        if (version == MQTT_PROTOCOL_V5)
            mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 3600);
        join(sleeper, properties);
        mosquitto_property_free_all(&properties);
        if (round == 0) {
            struct client *writer = make("writer", version, true);
            subscribe(sleeper, "c/session", 2);
            leave(sleeper);
            join(writer, NULL);
            for (int number = 0; number < 100; number++) {
                char text[8];
                snprintf(text, sizeof text, "%d", number);
                publish(writer, "c/session", text, 1 + number % 2, false);
            }
            leave(writer);
        } else {
            CHECK(version == MQTT_PROTOCOL_V31 || sleeper->session_present);
            run_until(sleeper, &sleeper->received, 100);
            CHECK(sleeper->received == 100 && sleeper->in_order);
            leave(sleeper);
        }
    }
}

static void carry_properties(void)
{
    struct client *reader = make("reader", MQTT_PROTOCOL_V5, true), *writer = make("writer", MQTT_PROTOCOL_V5, true);
    mosquitto_property *properties = NULL;
    join(reader, NULL);
    join(writer, NULL);
    subscribe(reader, "c/properties", 1);
    mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "text/plain");
    mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "a", "1");
    CHECK(mosquitto_publish_v5(writer->handle, NULL, "c/properties", 1, "x", 1, false, properties) == MOSQ_ERR_SUCCESS);
    mosquitto_property_free_all(&properties);
    run_until(writer, &writer->acknowledged, 1);
    run_until(reader, &reader->received, 1);
    CHECK(!strcmp(reader->content_type, "text/plain"));
    leave(reader);
    leave(writer);
}

int main(int count, char **arguments)
{
    static const struct { const char *name; int version; } versions[] = {
        {"3.1", MQTT_PROTOCOL_V31}, {"3.1.1", MQTT_PROTOCOL_V311}, {"5", MQTT_PROTOCOL_V5}};
    static const struct { const char *name; void (*run)(int); } scenarios[] = {
        {"qos", deliver_each_qos}, {"retained", deliver_retained}, {"will", publish_will}, {"session", keep_session}};
    CHECK(count == 3);
    host = arguments[1];
    port = atoi(arguments[2]);
    mosquitto_lib_init();
    for (size_t v = 0; v < sizeof versions / sizeof *versions; v++) {
        for (size_t s = 0; s < sizeof scenarios / sizeof *scenarios; s++) {
            alarm(60);
            scenarios[s].run(versions[v].version);
            printf("ok %s %s\n", scenarios[s].name, versions[v].name);
            fflush(stdout);
        }
    }
    alarm(60);
    carry_properties();
    printf("ok properties 5\n");
    return 0;
}
