package hcp

import (
	"net/http"
	"net/http/httptrace"
	"sync"
)

// firstAlone holds requests back until the first has a connection, so that they
// share it over HTTP/2. All at once they would open one each, with a TLS
// handshake each, before any of them knows that HCP speaks it.
type firstAlone struct {
	next http.RoundTripper

	once      sync.Once
	connected chan struct{} // closed when the first request has a connection, or is over
}

func newFirstAlone(next http.RoundTripper) *firstAlone {
	return &firstAlone{next: next, connected: make(chan struct{})}
}

func (t *firstAlone) RoundTrip(req *http.Request) (*http.Response, error) {
	isFirst := false
	t.once.Do(func() { isFirst = true })
	if isFirst {
		letOthersGo := sync.OnceFunc(func() { close(t.connected) })
		defer letOthersGo()
		trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { letOthersGo() }}
		return t.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	}
	select {
	case <-t.connected:
		return t.next.RoundTrip(req)
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}
