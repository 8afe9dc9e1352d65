package hcpfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// controlPath is the path below which clients control the fake.
const controlPath = "/_hcpfake/"

// control is what a method does to a resource below controlPath: it changes the
// fake according to the request's body, and shows the resource.
type control struct {
	change func(body io.Reader) error // nil if it changes nothing
	show   func() any
}

// Control returns a handler that serves the fake and, below /_hcpfake/, lets clients
// control it. It requires no credentials. Its own requests are neither logged nor
// subject to faults.
func (s *Server) Control() http.Handler {
	controls := s.controls()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, controlPath)
		switch {
		case !ok:
			s.ServeHTTP(w, r)
		case fromWebPage(r):
			controlError(http.StatusForbidden, errors.New("web pages and hosts other than 127.0.0.1 and localhost are refused")).write(w, 0)
		default:
			serveControl(controls, name, r).write(w, 0)
		}
	})
}

// fromWebPage reports whether a browser may have sent the request for a page that is not
// the fake's, by its own address or by a name that leads to it.
func fromWebPage(r *http.Request) bool {
	host := (&url.URL{Host: r.Host}).Hostname()
	return r.Header.Get("Origin") != "" || host != "127.0.0.1" && host != "localhost"
}

// controls returns the resources and their methods.
func (s *Server) controls() map[string]map[string]control {
	get := func(show func() any) control { return control{show: show} }
	do := func(action func(), show func() any) control {
		return control{change: func(io.Reader) error { action(); return nil }, show: show}
	}
	health := func() any { return map[string]string{"status": "ok"} }
	seed := func() any { return s.Seed() }
	return map[string]map[string]control{
		"health":   {"GET": get(health)},
		"reset":    {"POST": do(s.Reset, health)},
		"clock":    {"GET": get(s.showClock), "POST": {s.changeClock, s.showClock}},
		"faults":   {"GET": get(s.showFaults), "POST": {s.addFault, s.showFaults}, "DELETE": do(s.ClearFaults, s.showFaults)},
		"requests": {"GET": get(s.showRequests), "DELETE": do(s.ResetRequests, s.showRequests)},
		"seed":     {"GET": get(seed)},
	}
}

func serveControl(controls map[string]map[string]control, name string, r *http.Request) response {
	methods, ok := controls[name]
	if !ok {
		return controlError(http.StatusNotFound, fmt.Errorf("no %q below %s; there are %s", name, controlPath, strings.Join(sortedKeys(controls), ", ")))
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	c, ok := methods[method]
	if !ok {
		allowed := strings.Join(sortedKeys(methods), ", ")
		resp := controlError(http.StatusMethodNotAllowed, fmt.Errorf("%s%s allows %s, not %s", controlPath, name, allowed, r.Method))
		resp.header.Set("Allow", allowed)
		return resp
	}
	if c.change != nil {
		if err := c.change(io.LimitReader(r.Body, maxBody)); err != nil {
			return controlError(http.StatusBadRequest, fmt.Errorf("reading the body: %w", err))
		}
	}
	return controlResponse(http.StatusOK, c.show())
}

func controlError(status int, err error) response {
	return controlResponse(status, map[string]string{"error": err.Error()})
}

// controlResponse indents the body, because people read it.
func controlResponse(status int, payload any) response {
	resp := jsonResponse(status, payload)
	var indented bytes.Buffer
	if err := json.Indent(&indented, resp.body, "", "  "); err == nil {
		resp.body = indented.Bytes()
	}
	return resp
}

func (s *Server) showClock() any {
	now := s.Now()
	return map[string]string{
		"now":   now.Format(time.RFC3339),
		"ahead": now.Sub(s.clock()).Round(time.Second).String(),
	}
}

func (s *Server) changeClock(body io.Reader) error {
	change, err := decodeStrict[struct {
		Set     time.Time `json:"set"`
		Advance string    `json:"advance"`
	}](body, s.Now())
	if err != nil {
		return err
	}
	if change.Set.IsZero() == (change.Advance == "") {
		return errors.New(`want either {"set": TIME} or {"advance": DURATION}, such as {"advance": "168h"}`)
	}
	if change.Advance == "" {
		if err := checkTime(change.Set); err != nil {
			return err
		}
		s.SetTime(change.Set)
		return nil
	}
	d, err := time.ParseDuration(change.Advance)
	if err != nil || d < 0 {
		return fmt.Errorf("advance: %q: want a duration such as 90m or 168h", change.Advance)
	}
	if err := checkTime(s.Now().Add(d)); err != nil {
		return err
	}
	s.Advance(d)
	return nil
}

// checkTime returns an error for a time that the clock cannot keep: the server has its
// difference to the real time as a time.Duration.
func checkTime(t time.Time) error {
	if year := t.Year(); year < 2000 || year > 2200 {
		return fmt.Errorf("the year %d is not between 2000 and 2200", year)
	}
	return nil
}

// jsonFault is a [Fault] with its Delay as text.
type jsonFault struct {
	Fault
	Delay string `json:"delay,omitempty"`
}

func (s *Server) showFaults() any {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	list := make([]jsonFault, len(s.faults.queue))
	for i, f := range s.faults.queue {
		list[i].Fault = *f
		if f.Delay > 0 {
			list[i].Delay = f.Delay.String()
		}
	}
	return map[string]any{"faults": list}
}

func (s *Server) addFault(body io.Reader) error {
	added, err := decodeStrict[jsonFault](body, s.Now())
	if err != nil {
		return err
	}
	f := added.Fault
	if added.Delay != "" {
		if f.Delay, err = time.ParseDuration(added.Delay); err != nil {
			return fmt.Errorf("delay: %q: want a duration such as 500ms or 10s", added.Delay)
		}
	}
	operations, effect := s.operations(), f
	effect.Operation, effect.Times, effect.Served = "", 0, false
	switch {
	case reflect.ValueOf(effect).IsZero():
		return errors.New("the fault has no effect: want status, body, header, delay, hang, reset or truncate")
	case f.Operation != "" && !slices.Contains(operations, f.Operation):
		return fmt.Errorf("operation: %q: want one of %s", f.Operation, strings.Join(operations, ", "))
	case f.Status != 0 && (f.Status < 200 || f.Status > 599):
		return fmt.Errorf("status: %d: want one from 200 to 599", f.Status)
	case f.Times < 0 || f.Delay < 0 || f.Truncate < 0:
		return errors.New("times, delay and truncate must not be negative")
	}
	s.Inject(f)
	return nil
}

func (s *Server) operations() []string {
	ops := make([]string, len(s.routes))
	for i, rt := range s.routes {
		ops[i] = rt.op
	}
	slices.Sort(ops)
	return slices.Compact(ops)
}

func (s *Server) showRequests() any {
	return map[string]any{"billed": s.BilledCount(), "requests": s.Requests()}
}
