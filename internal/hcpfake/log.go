package hcpfake

import (
	"net/http"
	"slices"
	"sync"
)

// Request is an entry in the log of a server. It holds no secret: neither the
// Authorization header nor a body, nor a query, into which anybody may have put
// anything.
type Request struct {
	// Operation is one of the constants of this package, or "" if the fake has
	// no such route.
	Operation string
	Method    string
	// Path is escaped as the client sent it.
	Path string
	// Header has what tells who asks, and why: User-Agent,
	// X-HCP-Source-Channel, Referer, Accept, Content-Type.
	Header http.Header
	// ClientID is whose access token the request bore, valid or not.
	ClientID string
	// Proto is HTTP/1.1 or HTTP/2.0.
	Proto string
	// Status is that of the answer, and 0 if there is none: not yet, or never
	// because a fault broke the connection.
	Status int
}

// Requests returns the requests so far, in the order in which they came in,
// those that are still being served included.
func (s *Server) Requests() []Request {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	list := make([]Request, len(s.log.entries))
	for i, e := range s.log.entries {
		list[i] = *e
		list[i].Header = e.Header.Clone()
	}
	return list
}

// Count returns how many requests there were of an operation; of all of them
// if it is "".
func (s *Server) Count(operation string) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	n := 0
	for _, e := range s.log.entries {
		if operation == "" || e.Operation == operation {
			n++
		}
	}
	return n
}

// ResetRequests empties the log.
func (s *Server) ResetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.entries = nil
}

type requestLog struct {
	mu      sync.Mutex
	entries []*Request
}

func (l *requestLog) begin(op string, r *http.Request, clientID string) *Request {
	e := &Request{
		Operation: op,
		Method:    r.Method,
		Path:      r.URL.EscapedPath(),
		Header:    make(http.Header),
		ClientID:  clientID,
		Proto:     r.Proto,
	}
	for _, name := range []string{"User-Agent", "X-HCP-Source-Channel", "Referer", "Accept", "Content-Type"} {
		if values := r.Header.Values(name); len(values) > 0 {
			e.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
	return e
}

func (l *requestLog) finish(e *Request, status int) Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.Status = status
	done := *e
	done.Header = e.Header.Clone()
	return done
}
