// Command engine is a stand-in for the manager's Docker Engine API, for scale alone: it answers the
// read-only calls that a swarm collector makes, as Docker 20.10 does (API 1.41), for as many services
// and tasks as asked. Its JSON was taken from a real engine; the bodies are made once, at the start.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
)

var (
	//go:embed info.json
	infoTemplate string
	//go:embed version.json
	versionTemplate string
	//go:embed node.json
	nodeTemplate string
	//go:embed service.json
	serviceTemplate string
	//go:embed task.json
	taskTemplate string
)

const (
	runningStatus = `{"Timestamp":"2026-01-23T08:36:32.387974025Z","State":"running","Message":"started",` +
		`"ContainerStatus":{"ContainerID":"@container@","PID":11871,"ExitCode":0},"PortStatus":{}}`
	failedStatus = `{"Timestamp":"2026-01-23T08:36:26.276941243Z","State":"failed","Message":"starting",` +
		`"Err":"task: non-zero exit (137): dockerexec: unhealthy container",` +
		`"ContainerStatus":{"ContainerID":"@container@","PID":0,"ExitCode":137},"PortStatus":{}}`
)

// swarm is what the engine is asked for: one task in five is history, as after a rollout.
type swarm struct{ services, tasks, nodes int }

func newSwarm(services, tasks int) swarm {
	nodes := tasks / 500
	if nodes < 3 {
		nodes = 3
	}
	return swarm{services, tasks, nodes}
}

func (s swarm) isHistory(task int) bool { return task/s.services%5 == 4 }

// id makes an identifier as long as swarmkit's, which are 25 characters.
func id(kind string, number int) string { return fmt.Sprintf("%s%0*d", kind, 25-len(kind), number) }

// template is JSON with places for values: `@name@` within a string, `"#name#"` for one that is not a
// string. Cut at those places once, because there are many elements to make.
type template struct {
	literals []string // one more than names
	names    []string
}

var place = regexp.MustCompile(`@[a-z]+@|"#[a-z]+#"`)

func newTemplate(text string) template {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		log.Fatal(err)
	}
	var names []string
	for _, name := range place.FindAllString(compact.String(), -1) {
		names = append(names, strings.Trim(name, `@"#`))
	}
	return template{place.Split(compact.String(), -1), names}
}

type values map[string]string

func (t template) write(out *bytes.Buffer, values values) {
	for i, name := range t.names {
		out.WriteString(t.literals[i])
		out.WriteString(values[name])
	}
	out.WriteString(t.literals[len(t.names)])
}

// list makes an array as the engine's encoder writes it, with a line feed. An element without values
// is left out.
func list(count int, t template, element func(int) values) []byte {
	var out bytes.Buffer
	out.WriteByte('[')
	for i := 0; i < count; i++ {
		if values := element(i); values != nil {
			if out.Len() > 1 {
				out.WriteByte(',')
			}
			t.write(&out, values)
		}
	}
	out.WriteString("]\n")
	return out.Bytes()
}

func (s swarm) nodeList() []byte {
	return list(s.nodes, newTemplate(nodeTemplate), func(i int) values {
		role, manager := "worker", "null"
		if i < 3 {
			role = "manager"
			manager = fmt.Sprintf(`{"Leader":%t,"Reachability":"reachable","Addr":"10.0.0.%d:2377"}`, i == 0, i)
		}
		return values{
			"node": id("node", i), "hostname": fmt.Sprintf("node-%d", i), "role": role, "manager": manager,
			"address": fmt.Sprintf("10.0.%d.%d", i/250, i%250),
		}
	})
}

func (s swarm) serviceList() []byte {
	replicas := make([]int, s.services)
	for i := 0; i < s.tasks; i++ {
		if !s.isHistory(i) {
			replicas[i%s.services]++
		}
	}
	return list(s.services, newTemplate(serviceTemplate), func(i int) values {
		return values{
			"service": id("service", i), "name": fmt.Sprintf("pilito_service-%d", i),
			"replicas": fmt.Sprint(replicas[i]),
		}
	})
}

// taskList is one body of /tasks: the tasks that are desired to run, or the history.
func (s swarm) taskList(history bool) []byte {
	status, desired := runningStatus, "running"
	if history {
		status, desired = failedStatus, "shutdown"
	}
	task := newTemplate(strings.Replace(taskTemplate, `"#status#"`, status, 1))
	return list(s.tasks, task, func(i int) values {
		if s.isHistory(i) != history {
			return nil
		}
		return values{
			"task": id("task", i), "service": id("service", i%s.services), "node": id("node", i%s.nodes),
			"slot": fmt.Sprint(i/s.services + 1), "desired": desired, "container": fmt.Sprintf("%064x", i),
		}
	})
}

// desiredStates reads `filters`: the engine takes a list of values, or an object whose keys they are.
// A collector that asks for both lists at once is not served: it would decode the history each time.
func desiredStates(filters string) (map[string]bool, error) {
	states := map[string]bool{}
	var lists map[string][]string
	if json.Unmarshal([]byte(filters), &lists) == nil {
		for _, state := range lists["desired-state"] {
			states[state] = true
		}
		return states, nil
	}
	var sets map[string]map[string]bool
	if err := json.Unmarshal([]byte(filters), &sets); err != nil {
		return nil, err
	}
	return sets["desired-state"], nil
}

// body answers with a body made before. One Write, because dockerd encodes the whole array before it
// writes: however large, it goes out as a single chunk.
func body(bytes []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(bytes)
	}
}

var versionPrefix = regexp.MustCompile(`^/v1\.[0-9]+`)

func (s swarm) handler() http.Handler {
	running, history := s.taskList(false), s.taskList(true)
	var info bytes.Buffer
	newTemplate(infoTemplate).write(&info, values{"node": id("node", 0)})

	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("OK")) })
	mux.HandleFunc("/info", body(info.Bytes()))
	mux.HandleFunc("/version", body([]byte(versionTemplate)))
	mux.HandleFunc("/nodes", body(s.nodeList()))
	mux.HandleFunc("/services", body(s.serviceList()))
	mux.HandleFunc("/tasks", func(w http.ResponseWriter, r *http.Request) {
		states, err := desiredStates(r.URL.Query().Get("filters"))
		switch {
		case err != nil || states["running"] == states["shutdown"]:
			http.Error(w, `{"message":"this stand-in wants desired-state running or shutdown"}`, http.StatusBadRequest)
		case states["running"]:
			body(running)(w, r)
		default:
			body(history)(w, r)
		}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		w.Header().Set("Docker-Experimental", "false")
		w.Header().Set("Ostype", "linux")
		w.Header().Set("Server", "Docker/20.10.24+dfsg1 (linux)")
		r.URL.Path = versionPrefix.ReplaceAllString(r.URL.Path, "")
		mux.ServeHTTP(w, r)
	})
}

func main() {
	socket := flag.String("socket", "", "path of the unix socket to listen on")
	services := flag.Int("services", 50, "number of services")
	tasks := flag.Int("tasks", 500, "number of tasks, history included")
	flag.Parse()

	handler := newSwarm(*services, *tasks).handler()
	listener, err := net.Listen("unix", *socket)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "listening socket=%s services=%d tasks=%d\n", *socket, *services, *tasks)
	log.Fatal(http.Serve(listener, handler))
}
