/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The numbers of the fields of etcd's messages that are written or read here.
 *
 * Source: api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto of etcd 3.6; none has changed since
 * 3.0, but that some came later.
 */
#ifndef DATASTORE_ETCD_RPC_H
#define DATASTORE_ETCD_RPC_H

/* Requests */

enum { TXN_COMPARE = 1, TXN_SUCCESS = 2, TXN_FAILURE = 3 };

enum {
	COMPARE_RESULT = 1, COMPARE_TARGET = 2, COMPARE_KEY = 3, COMPARE_VERSION = 4,
	COMPARE_CREATE_REVISION = 5, COMPARE_MOD_REVISION = 6, COMPARE_VALUE = 7,
	COMPARE_RANGE_END = 64
};
enum { RESULT_EQUAL, RESULT_GREATER, RESULT_LESS, RESULT_NOT_EQUAL };
enum { TARGET_VERSION, TARGET_CREATE, TARGET_MOD, TARGET_VALUE };

/* A request within a transaction, and an answer within its answer. */
enum { OP_RANGE = 1, OP_PUT = 2, OP_DELETE_RANGE = 3 };

enum { RANGE_OF_KEY = 1, RANGE_TO = 2, RANGE_LIMIT = 3, RANGE_REVISION = 4, RANGE_KEYS_ONLY = 8 };
enum { PUT_KEY = 1, PUT_VALUE = 2 };
enum { DELETE_KEY = 1 };

enum { AUTHENTICATE_NAME = 1, AUTHENTICATE_PASSWORD = 2 };

enum { WATCH_CREATE = 1 };
enum {
	CREATE_KEY = 1, CREATE_RANGE_END = 2, CREATE_START_REVISION = 3,
	CREATE_PROGRESS_NOTIFY = 4, CREATE_WATCH_ID = 7, CREATE_FRAGMENT = 8
};

/* Answers: each begins with a header */

enum { ANSWER_HEADER = 1 };
enum { HEADER_REVISION = 3 };
enum { TXN_SUCCEEDED = 2, TXN_RESPONSES = 3 };
enum { RANGE_KVS = 2, RANGE_MORE = 3 };
enum { KV_KEY = 1, KV_MOD_REVISION = 3, KV_VALUE = 5 };
enum { AUTHENTICATE_TOKEN = 2 };
enum { STATUS_ERRORS = 8 };
enum {
	WATCH_ID = 2, WATCH_CREATED = 3, WATCH_CANCELED = 4, WATCH_COMPACT_REVISION = 5,
	WATCH_CANCEL_REASON = 6, WATCH_FRAGMENT = 7, WATCH_EVENTS = 11
};
enum { EVENT_TYPE = 1, EVENT_KV = 2 };
enum { EVENT_PUT, EVENT_DELETE };

#endif
