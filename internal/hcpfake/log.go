package hcpfake

import (
	"net/http"
	"slices"
	"sync"
)

// Request is an entry in the request log. To keep secrets out of test output, it
// contains neither the Authorization header, nor the query, nor the body.
type Request struct {
	// Operation is one of this package's constants, such as [GetChannel], or ""
	// if the route is unknown.
	Operation string `json:"operation"`
	Method    string `json:"method"`
	// Path is the escaped path, as sent by the client.
	Path string `json:"path"`
	// Header contains only User-Agent, X-HCP-Source-Channel, Referer, Accept
	// and Content-Type.
	Header http.Header `json:"header"`
	// ClientID is the client that the request's bearer token was issued to,
	// even if the token has expired.
	ClientID string `json:"client_id"`
	// Proto is "HTTP/1.1" or "HTTP/2.0".
	Proto string `json:"proto"`
	// Status is the HTTP status of the response. It is 0 while the request is
	// being served, and if a fault prevented a response.
	Status int `json:"status"`
}

// Requests returns a copy of the request log, in order of arrival, including
// requests that are still being served.
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

// Billed reports whether HCP bills the request's operation. It bills reads of a
// channel, and nothing else.
func (r Request) Billed() bool {
	return r.Operation == GetChannel || r.Operation == LegacyGetChannel
}

// BilledCount returns the number of logged requests that HCP would bill.
func (s *Server) BilledCount() int { return s.count(Request.Billed) }

// Count returns the number of logged requests for an operation, or of all logged
// requests if the operation is "".
func (s *Server) Count(operation string) int {
	return s.count(func(r Request) bool { return operation == "" || r.Operation == operation })
}

func (s *Server) count(match func(Request) bool) int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	n := 0
	for _, e := range s.log.entries {
		if match(*e) {
			n++
		}
	}
	return n
}

// ResetRequests clears the request log.
func (s *Server) ResetRequests() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.entries = nil
}

type requestLog struct {
	mu      sync.Mutex
	entries []*Request
}

func (l *requestLog) begin(op string, r *http.Request) *Request {
	g, _ := grantOf(r)
	e := &Request{
		Operation: op,
		Method:    r.Method,
		Path:      r.URL.EscapedPath(),
		Header:    make(http.Header),
		ClientID:  g.clientID,
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
