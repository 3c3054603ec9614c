/* How many bytes a model's keys and values take, by the config.json that lies
 * beside its tokenizer. Blocking: main thread, at a start or reload. */
#ifndef ROUTER_PROBE_KV_CONFIG_H
#define ROUTER_PROBE_KV_CONFIG_H

#include "router/conf/conf.h"

/* Of a token, see kv_bytes_usual(). 0: there is no such file, or it does not
 * say; of one that cannot be read the log tells. */
double kv_config_bytes(const struct conf_model *m);

#endif
