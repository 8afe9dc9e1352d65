package hcpfake

import (
	"net/http"
	"net/url"
	"strings"

	"google.golang.org/grpc/codes"
)

// route is one operation of the API.
type route struct {
	op     string
	method string
	// path contains the segments of the path; those in braces are parameters.
	path []string
	// open routes require no bearer token.
	open   bool
	handle func(*call) (any, error)
}

const (
	resourceManager = "/resource-manager/2019-12-10"
	packer2021      = "/packer/2021-04-30/organizations/{organization}/projects/{project}"
	packer2023      = "/packer/2023-01-01/organizations/{organization}/projects/{project}"
	workloadPath    = "/2019-12-10/iam/project/{project}/service-principal/{principal}/workload-identity-provider/{provider}/exchange-token"
)

func routes() []route {
	get := func(op, path string, handle func(*call) (any, error)) route {
		return route{op: op, method: http.MethodGet, path: strings.Split(path, "/"), handle: handle}
	}
	post := func(op, path string, handle func(*call) (any, error)) route {
		return route{op: op, method: http.MethodPost, path: strings.Split(path, "/"), handle: handle}
	}
	open := func(op, path string, handle func(*call) (any, error)) route {
		rt := post(op, path, handle)
		rt.open = true
		return rt
	}
	return []route{
		open(Token, "/oauth2/token", (*call).token),
		open(ExchangeToken, workloadPath, (*call).exchangeToken),
		get(CallerIdentity, "/iam/2019-12-10/caller-identity", (*call).callerIdentity),

		get(ListOrganizations, resourceManager+"/organizations", (*call).listOrganizations),
		get(GetOrganization, resourceManager+"/organizations/{organization}", (*call).getOrganization),
		get(ListProjects, resourceManager+"/projects", (*call).listProjects),
		get(GetProject, resourceManager+"/projects/{project}", (*call).getProject),

		get(GetRegistry, packer2023+"/registry", (*call).getRegistry),
		get(GetRunTask, packer2023+"/runtasks/{task}", (*call).getRunTask),
		get(ListBuckets, packer2023+"/buckets", (*call).listBuckets),
		get(GetBucket, packer2023+"/buckets/{bucket}", (*call).getBucket),
		get(ListChannels, packer2023+"/buckets/{bucket}/channels", (*call).listChannels),
		get(GetChannel, packer2023+"/buckets/{bucket}/channels/{channel}", (*call).getChannel),
		get(ListVersions, packer2023+"/buckets/{bucket}/versions", (*call).listVersions),
		get(GetVersion, packer2023+"/buckets/{bucket}/versions/{fingerprint}", (*call).getVersion),
		get(ListBuilds, packer2023+"/buckets/{bucket}/versions/{fingerprint}/builds", (*call).listBuilds),
		get(GetBuild, packer2023+"/buckets/{bucket}/versions/{fingerprint}/builds/{build}", (*call).getBuild),
		post(SearchExternalArtifact, packer2023+"/_search/external_artifact", (*call).searchExternalArtifact),

		get(LegacyGetChannel, packer2021+"/images/{bucket}/channels/{channel}", (*call).legacyGetChannel),
		get(LegacyGetIteration, packer2021+"/images/{bucket}/iteration", (*call).legacyGetIteration),
	}
}

// match returns the route of a request and its path parameters. It splits the
// path before unescaping it, so that names may contain escaped slashes, and does
// not clean it, so that ".." is a name like any other.
func (s *Server) match(r *http.Request) (route, map[string]string) {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	for _, rt := range s.routes {
		if rt.method != r.Method {
			continue
		}
		if params, ok := rt.match(segments); ok {
			return rt, params
		}
	}
	return route{method: r.Method, open: true, handle: (*call).unknownRoute}, nil
}

func (rt route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(rt.path) {
		return nil, false
	}
	params := make(map[string]string)
	for i, want := range rt.path {
		name, isParam := strings.CutPrefix(want, "{")
		if !isParam {
			if segments[i] != want {
				return nil, false
			}
			continue
		}
		value, err := url.PathUnescape(segments[i])
		if err != nil || value == "" {
			return nil, false
		}
		params[strings.TrimSuffix(name, "}")] = value
	}
	return params, true
}

func (c *call) unknownRoute() (any, error) {
	method, path := c.request.Method, c.request.URL.EscapedPath()
	c.server.errorf("hcpfake: unknown route %s %s", method, path)
	return nil, statusErrorf(http.StatusNotImplemented, codes.Unimplemented, "the fake does not implement %s %s", method, path)
}
