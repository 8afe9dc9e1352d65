package hcpfake

import (
	"log"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
)

// defaultPageSize is the number of results on a page of a request that names
// none. That of HCP is not published.
const defaultPageSize = 50

// Server is the fake. Make one with [New]. All its methods may be called at
// any time, also by many goroutines at once.
type Server struct {
	clock     func() time.Time
	errorf    func(format string, args ...any)
	onRequest func(Request)
	pageSize  int
	routes    []route

	mu    sync.RWMutex
	state Seed

	tokens tokens
	faults faults
	log    requestLog
}

// Option is an option of [New].
type Option func(*Server)

// WithClock sets the clock that decides when tokens expire and whether the
// time of a scheduled revocation has come. The default is [time.Now].
func WithClock(now func() time.Time) Option {
	return func(s *Server) { s.clock = now }
}

// WithErrorf sets the function that is told of requests for routes that the
// fake does not have, of contradictions in its state and of its own failures:
// in a test, t.Errorf. The default logs to the standard logger.
func WithErrorf(errorf func(format string, args ...any)) Option {
	return func(s *Server) { s.errorf = errorf }
}

// WithPageSize sets how many results are on a page when the request does not
// ask for a number.
func WithPageSize(n int) Option {
	return func(s *Server) { s.pageSize = max(n, 1) }
}

// WithRequestLog sets a function that is called with every request when its
// answer is about to be sent, on the goroutine that serves it.
func WithRequestLog(log func(Request)) Option {
	return func(s *Server) { s.onRequest = log }
}

// New makes a fake that starts with a copy of the seed, in which it fills in
// what HCP would add (see [Seed]). Unlike [ReadSeed] it takes a seed that
// contradicts itself, but reports that to the function of [WithErrorf].
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
	state, err := seed.clone()
	if err != nil {
		s.errorf("hcpfake: %v", err)
	}
	for _, err := range state.check() {
		s.errorf("hcpfake: the seed: %v", err)
	}
	state.complete(s.clock())
	s.state = state
	return s
}

// Update changes the state. Nobody reads it meanwhile. Nothing is checked and
// nothing is filled in, so that a test can make any hole; keep no reference to
// what the seed holds. The function must not call other methods of the server
// that concern its state.
func (s *Server) Update(change func(*Seed)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rt, params := s.match(r)
	entry := s.log.begin(rt.op, r, s.tokens.owner(r))
	f := s.faults.take(rt.op)
	if !f.wait(r.Context()) {
		s.finish(entry, 0)
		abort(w, f.Reset)
	}
	resp := f.response(func() response { return s.serve(rt, params, r) })
	s.finish(entry, resp.status)
	resp.write(w, f.Truncate)
}

func (s *Server) finish(entry *Request, status int) {
	s.onRequest(s.log.finish(entry, status))
}

// serve finds the answer. A panic in it is a failure of the fake, which must
// not pass for a broken connection.
func (s *Server) serve(rt route, params map[string]string, r *http.Request) (resp response) {
	defer func() {
		if p := recover(); p != nil {
			s.errorf("hcpfake: %s %s: %v\n%s", r.Method, r.URL.Path, p, debug.Stack())
			resp = encode(nil, statusErrorf(http.StatusInternalServerError, codes.Internal, "the fake failed: %v", p))
		}
	}()
	c, err := s.newCall(rt, params, r)
	if err != nil {
		return encode(nil, err)
	}
	// The answer is encoded under the lock because it shares parts of the state.
	s.mu.RLock()
	defer s.mu.RUnlock()
	c.state = &s.state
	if err := c.authorize(rt); err != nil {
		return encode(nil, err)
	}
	return encode(rt.handle(c))
}
