// cAdvisor's own library behind a small main: the peer that benchmarks/metrics measures hakoban-agent against. Its
// flags are cAdvisor's (-docker, -docker_only, -housekeeping_interval, …).
package main

import (
	"flag"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/google/cadvisor/cache/memory"
	"github.com/google/cadvisor/container"
	_ "github.com/google/cadvisor/container/docker/install"
	v2 "github.com/google/cadvisor/info/v2"
	"github.com/google/cadvisor/manager"
	"github.com/google/cadvisor/metrics"
	"github.com/google/cadvisor/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/utils/clock"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address of /metrics")
	disable := flag.String("disable_metrics", "sched,tcp,udp,advtcp,hugetlb,process,memory_numa,cpuset",
		"groups that are left out, besides those that need what few hosts have")
	raw := flag.String("raw_cgroup_prefix", "", "of cgroups outside Docker that are told of")
	flag.Parse()
	included := container.AllMetrics.Difference(container.MetricSet{container.PerfMetrics: struct{}{},
		container.ResctrlMetrics: struct{}{}, container.ReferencedMemoryMetrics: struct{}{},
		container.CPUTopologyMetrics: struct{}{}})
	for _, name := range strings.Split(*disable, ",") {
		delete(included, container.MetricKind(name))
	}
	agent, err := manager.New(memory.New(2*time.Minute, nil), sysfs.NewRealSysFs(),
		manager.HousekeepingConfigFlags, included, http.DefaultClient,
		strings.Split(*raw, ","), nil, "", time.Minute)
	if err != nil {
		log.Fatalf("peer: %v", err)
	}
	if err := agent.Start(); err != nil {
		log.Fatalf("peer: %v", err)
	}
	collector := metrics.NewPrometheusCollector(agent, metrics.DefaultContainerLabels, included, clock.RealClock{},
		v2.RequestOptions{IdType: v2.TypeName, Count: 1, Recursive: true})
	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		registry := prometheus.NewRegistry()
		registry.MustRegister(collector, metrics.NewPrometheusMachineCollector(agent, included))
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(w, r)
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}
