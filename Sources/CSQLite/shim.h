#include <sqlite3.h>

// Swift cannot call functions with a variable number of arguments.

/// Closing the connection leaves the write-ahead log as it is.
static inline int skep_sqlite3_keep_log_on_close(sqlite3 *database, int keeps) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps, (int *)0);
}
