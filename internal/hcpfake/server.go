package hcpfake

import (
	"log"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
)

// defaultPageSize is the page size if the request does not specify one. HCP's
// default is not published.
const defaultPageSize = 50

// Server is a fake HCP. Create one with [New]. Its methods are safe for
// concurrent use.
type Server struct {
	clock     func() time.Time
	errorf    func(format string, args ...any)
	onRequest func(Request)
	pageSize  int
	omitUnset bool
	routes    []route

	// ahead is how far the fake's clock is ahead of the one it was given. Signing
	// in goes by the latter, because the clients' clocks do not follow the fake's.
	ahead atomic.Int64

	mu      sync.RWMutex
	state   Seed
	initial Seed

	faults faults
	log    requestLog
}

// Option configures a [Server].
type Option func(*Server)

// WithClock sets the clock that determines when tokens expire and when scheduled
// revocations take effect. The default is [time.Now].
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.clock = now }
}

// WithErrorf sets the function that reports requests for unknown routes,
// inconsistent state, and panics in the fake. Tests pass t.Errorf. The default
// is [log.Printf].
func WithErrorf(errorf func(format string, args ...any)) Option {
	return func(s *Server) { s.errorf = errorf }
}

// WithPageSize sets the page size for requests that do not specify one. The
// default is 50.
func WithPageSize(n int) Option {
	return func(s *Server) { s.pageSize = max(n, 1) }
}

// WithUnsetOmitted makes responses omit unset fields, instead of sending them as
// null, [], {}, "", 0 or false. HCP sends them, but its API permits both.
func WithUnsetOmitted() Option {
	return func(s *Server) { s.omitUnset = true }
}

// WithRequestLog sets a function that is called for every request just before
// its response is sent, on the goroutine that serves it.
func WithRequestLog(log func(Request)) Option {
	return func(s *Server) { s.onRequest = log }
}

// New returns a fake whose initial state is a copy of the seed, with defaults
// filled in as described at [Seed]. Unlike [ReadSeed], it accepts an inconsistent
// seed, but reports the inconsistencies to the [WithErrorf] function.
func New(seed Seed, opts ...Option) *Server {
	s := &Server{
		clock:     time.Now,
		errorf:    log.Printf,
		onRequest: func(Request) {},
		pageSize:  defaultPageSize,
		routes:    routes(),
	}
	for _, opt := range opts {
		opt(s)
	}
	state := s.copyOf(seed)
	for _, err := range state.check(false) {
		s.errorf("hcpfake: seed: %v", err)
	}
	state.complete(s.clock())
	s.initial, s.state = state, s.copyOf(state)
	return s
}

func (s *Server) copyOf(state Seed) Seed {
	c, err := state.clone()
	if err != nil {
		s.errorf("hcpfake: %v", err)
	}
	return c
}

// Seed returns a copy of the present state. A new fake that starts with it gives
// the same answers. It contains the secrets of clients, but no access tokens.
func (s *Server) Seed() Seed {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.copyOf(s.state)
}

// Reset returns to the state that the fake was created with, resets the clock,
// and clears the queue of faults and the request log. Access tokens stay valid.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = s.copyOf(s.initial)
	s.ahead.Store(0)
	s.ClearFaults()
	s.ResetRequests()
}

// Now returns the time of the fake's clock.
func (s *Server) Now() time.Time {
	return s.clock().UTC().Add(time.Duration(s.ahead.Load()))
}

// SetTime sets the clock, which goes on from there. Access tokens do not expire because
// of it: the clients that have them could not know.
func (s *Server) SetTime(t time.Time) {
	s.ahead.Store(int64(t.Sub(s.clock())))
}

// Advance sets the clock forward, so that scheduled revocations take effect.
func (s *Server) Advance(d time.Duration) {
	s.ahead.Add(int64(d))
}

// Update calls change with the current state while no request reads it. It
// neither validates the state nor fills in defaults, so tests can create
// responses that HCP never sends. The function must not retain the seed or
// anything in it, nor call another method that reads or changes the state.
func (s *Server) Update(change func(*Seed)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt, params := s.match(r)
	entry := s.log.begin(rt.op, r)
	f := s.faults.take(rt.op)
	serve := sync.OnceValue(func() response { return s.serve(rt, params, r) })
	if f.Served {
		serve()
	}
	if !f.wait(r.Context()) {
		s.finish(entry, 0)
		abort(w, f.Reset)
	}
	resp := f.response(serve)
	s.finish(entry, resp.status)
	resp.write(w, f.Truncate)
}

func (s *Server) finish(entry *Request, status int) {
	s.onRequest(s.log.finish(entry, status))
}

// serve returns the response to a request. It recovers from panics because
// net/http would close the connection, and the client would see a network error
// instead of a bug in the fake.
func (s *Server) serve(rt route, params map[string]string, r *http.Request) (resp response) {
	defer func() {
		if p := recover(); p != nil {
			s.errorf("hcpfake: %s %s: %v\n%s", r.Method, r.URL.Path, p, debug.Stack())
			resp = s.encode(nil, statusErrorf(http.StatusInternalServerError, codes.Internal, "panic in the fake: %v", p))
		}
	}()
	c, err := s.newCall(rt, params, r)
	if err != nil {
		return s.encode(nil, err)
	}
	// The response shares memory with the state, so encode it under the lock.
	if rt.writes {
		s.mu.Lock()
		defer s.mu.Unlock()
	} else {
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	c.state, c.now = &s.state, s.Now()
	if err := c.authorize(rt); err != nil {
		return s.encode(nil, err)
	}
	if rt.find != nil {
		if err := rt.find(c); err != nil {
			return s.encode(nil, err)
		}
	}
	return s.encode(rt.handle(c))
}
