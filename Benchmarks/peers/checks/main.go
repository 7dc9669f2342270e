// Command checks is the usual health endpoint, in Go: every request asks PostgreSQL and Redis, through
// the pools of the usual drivers. Both pools keep a connection for each of the load's.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"time"

	"github.com/gomodule/redigo/redis"
	_ "github.com/lib/pq"
)

const (
	connections = 32
	timeout     = 2 * time.Second
)

type checker struct {
	database *sql.DB
	redis    *redis.Pool
}

func status(err error) string {
	if err != nil {
		return "fail"
	}
	return "pass"
}

func (c checker) ping(ctx context.Context) error {
	connection, err := c.redis.GetContext(ctx)
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = redis.DoWithTimeout(connection, timeout, "PING")
	return err
}

func (c checker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()

	var one int
	postgres := c.database.QueryRowContext(ctx, "SELECT 1").Scan(&one)
	redis := c.ping(ctx)

	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if postgres != nil || redis != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	json.NewEncoder(w).Encode(map[string]string{"postgresql": status(postgres), "redis": status(redis)})
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address to listen on")
	databaseURL := flag.String("database-url", "", "PostgreSQL URL")
	redisURL := flag.String("redis-url", "", "Redis URL")
	flag.Parse()

	database, err := sql.Open("postgres", *databaseURL)
	if err != nil {
		log.Fatal(err)
	}
	database.SetMaxOpenConns(connections)
	database.SetMaxIdleConns(connections)

	pool := &redis.Pool{
		MaxIdle: connections,
		Dial:    func() (redis.Conn, error) { return redis.DialURL(*redisURL) },
	}
	http.Handle("/health/", checker{database, pool})
	log.Fatal(http.ListenAndServe(*listen, nil))
}
