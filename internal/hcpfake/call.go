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
	scope          // set by the route's find
}

// scope is what a request refers to. What the path does not contain is nil.
type scope struct {
	org     *Organization
	project *Project
	bucket  *Bucket
	channel *Channel
	version *Version
	build   *Build
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

// toProject finds the project, and the organization, which not all paths contain.
func (c *call) toProject() error {
	id := c.params["project"]
	if err := c.mayRead(id); err != nil {
		return err
	}
	for _, org := range nonNil(c.state.Organizations) {
		p := org.project(id)
		if want, given := c.params["organization"]; p != nil && (!given || want == org.ID) {
			c.org, c.project = org, p
			return nil
		}
	}
	return notFoundf("project %q not found", id)
}

// toRegistry finds the project of a registry, which may be inactive.
func (c *call) toRegistry() error {
	if err := c.toProject(); err != nil {
		return err
	}
	if c.project.Registry == nil {
		return notFoundf("no HCP Packer registry found in project %q", c.project.ID)
	}
	return nil
}

// toContents finds what is in a registry, which must be activated.
func (c *call) toContents() error {
	if err := c.toRegistry(); err != nil {
		return err
	}
	if config := c.project.Registry.Config; config == nil || !config.Activated {
		return failedf("Registry not activated. Activate the HCP Packer registry of project %q to use it.", c.project.ID)
	}
	if name, given := c.params["bucket"]; given {
		if c.bucket = c.project.Bucket(name); c.bucket == nil {
			return notFoundf("Error: The bucket with identifier %s does not exist.", name)
		}
	}
	if name, given := c.params["channel"]; given {
		var err error
		if c.channel, err = c.findChannel(name); err != nil {
			return err
		}
	}
	if fingerprint, given := c.params["fingerprint"]; given {
		if c.version = c.bucket.byFingerprint(fingerprint); c.version == nil {
			return unknownFingerprintf("Version with fingerprint %s not found", fingerprint)
		}
	}
	if id, given := c.params["build"]; given {
		if c.build = find(c.version.Builds, func(b *Build) bool { return b.ID == id }); c.build == nil {
			return notFoundf("The build with identifier %s does not exist.", id)
		}
	}
	return nil
}

func (c *call) findChannel(name string) (*Channel, error) {
	ch := c.bucket.Channel(name)
	switch {
	case ch == nil:
		return nil, notFoundf("Error: The channel with identifier %s does not exist.", name)
	case !c.sees(ch):
		return nil, deniedf("channel %s is restricted", name)
	}
	return ch, nil
}

// sees reports whether the client may read a channel.
func (c *call) sees(ch *Channel) bool { return !ch.Restricted || !c.client.Viewer }

// withBody returns a handler that decodes the request's body first. As in HCP, the
// content type and unknown members do not matter.
func withBody[T any, P interface {
	*T
	Validate(strfmt.Registry) error
}](handle func(*call, P) (any, error)) handler {
	return func(c *call) (any, error) {
		body := P(new(T))
		if err := json.Unmarshal(c.body, body); err != nil {
			return nil, invalidf("parsing the body: %v", err)
		}
		if err := body.Validate(strfmt.Default); err != nil {
			return nil, invalidf("%v", err)
		}
		return handle(c, body)
	}
}

// author returns the name of the client, by which HCP names authors.
func (c *call) author() string { return c.client.ID }

func (c *call) newID() string { return randomULID(c.now) }

func (c *call) timestamp() strfmt.DateTime { return strfmt.DateTime(c.now) }
