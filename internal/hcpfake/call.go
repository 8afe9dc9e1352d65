package hcpfake

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-openapi/strfmt"
)

// maxBody, in bytes, is a choice: HCP accepts SBOMs of 1.4 MB, and refuses 7 MB.
const maxBody = 4 << 20

// call is the context of one request while it is served.
type call struct {
	server  *Server
	state   *Seed // shared; only routes that write may change it
	now     time.Time
	request *http.Request
	params  map[string]string // path parameters, unescaped
	query   url.Values
	body    []byte
	client  Client // set by authorize
}

func (s *Server) newCall(rt route, params map[string]string, r *http.Request) (*call, error) {
	c := &call{server: s, request: r, params: params}
	var err error
	if c.query, err = url.ParseQuery(r.URL.RawQuery); err != nil {
		return nil, invalidf("parsing the query: %v", err)
	}
	if rt.method == http.MethodGet || rt.method == http.MethodDelete {
		return c, nil
	}
	if c.body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
		return nil, invalidf("reading the body: %v", err)
	}
	if len(c.body) > maxBody {
		return nil, errBodyTooLong
	}
	return c, nil
}

// decodeBody decodes the request's body. As in HCP, the content type and unknown
// members do not matter.
func decodeBody[T any, P interface {
	*T
	Validate(strfmt.Registry) error
}](c *call) (*T, error) {
	body := new(T)
	if err := json.Unmarshal(c.body, body); err != nil {
		return nil, invalidf("parsing the body: %v", err)
	}
	if err := P(body).Validate(strfmt.Default); err != nil {
		return nil, invalidf("%v", err)
	}
	return body, nil
}

// author returns the name of the client, by which HCP names authors.
func (c *call) author() string { return c.client.ID }

func (c *call) newID() string { return randomULID(c.now) }
