package hcpfake

import (
	"io"
	"net/http"
	"net/url"
	"time"
)

// maxBody, in bytes, is far more than any served request needs.
const maxBody = 1 << 20

// call is the context of one request while it is served.
type call struct {
	server  *Server
	state   *Seed // shared; read-only
	now     time.Time
	request *http.Request
	params  map[string]string // path parameters, unescaped
	query   url.Values
	body    []byte
	client  Client // set by authorize
}

func (s *Server) newCall(rt route, params map[string]string, r *http.Request) (*call, error) {
	c := &call{server: s, now: s.clock().UTC(), request: r, params: params}
	var err error
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, invalidf("parsing the query: %v", err)
	}
	if rt.method != http.MethodPost {
		return c, nil
	}
	if c.body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
		return nil, invalidf("reading the body: %v", err)
	}
	if len(c.body) > maxBody {
		return nil, invalidf("the body is longer than %d bytes", maxBody)
	}
	return c, nil
}
