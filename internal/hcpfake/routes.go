package hcpfake

import (
	"net/http"
	"net/url"
	"slices"
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
	open bool
	// writes is set for routes that change the state.
	writes bool
	// find finds what the path refers to. It may be nil.
	find   func(*call) error
	handle handler
}

const (
	resourceManager = "/resource-manager/2019-12-10"
	operation2020   = "/operation/2020-05-05/organizations/{organization}/projects/{project}/operations/{operation}"
	packer2021      = "/packer/2021-04-30/organizations/{organization}/projects/{project}"
	packer2023      = "/packer/2023-01-01/organizations/{organization}/projects/{project}"
	bucketPath      = packer2023 + "/buckets/{bucket}"
	channelPath     = bucketPath + "/channels/{channel}"
	versionPath     = bucketPath + "/versions/{fingerprint}"
	buildPath       = versionPath + "/builds/{build}"

	// Resource names are parts of paths that begin with iamPrefix.
	iamPrefix     = "/2019-12-10/"
	principalPath = iamPrefix + "iam/project/{project}/service-principal/{principal}"
	workloadPath  = principalPath + "/workload-identity-provider/{provider}/exchange-token"
	policyPath    = iamPrefix + "resource-manager/resources/iam-policy"
)

// handler serves a request. It returns the body of the response.
type handler func(*call) (any, error)

func routes() []route {
	verb := func(method string, writes bool) func(op, path string, handle handler) route {
		return func(op, path string, handle handler) route {
			return route{op: op, method: method, path: strings.Split(path, "/"), writes: writes, handle: handle}
		}
	}
	get, search := verb(http.MethodGet, false), verb(http.MethodPost, false)
	post, put := verb(http.MethodPost, true), verb(http.MethodPut, true)
	patch, del := verb(http.MethodPatch, true), verb(http.MethodDelete, true)
	open := func(rt route) route {
		rt.open = true
		return rt
	}
	// Of several routes that match, the first is taken.
	return slices.Concat(
		[]route{
			open(search(Token, "/oauth2/token", (*call).token)),
			open(search(Token, "/oauth/token", (*call).token)), // HashiCorp's scripts use this one.
			open(search(ExchangeToken, workloadPath, (*call).exchangeToken)),
			open(get(DownloadSBOM, "/packer/sboms/{sbom}", (*call).downloadSBOM)),

			get(CallerIdentity, "/iam/2019-12-10/caller-identity", (*call).callerIdentity),
			get(GetPrincipals, "/iam/2019-12-10/organizations/{organization}/principals", (*call).getPrincipals),
			get(GetPolicy, policyPath, (*call).getPolicy),
			put(SetPolicy, policyPath, withBody((*call).setPolicy)),

			get(ListOrganizations, resourceManager+"/organizations", (*call).listOrganizations),
			get(GetOrganization, resourceManager+"/organizations/{organization}", (*call).getOrganization),
			get(ListProjects, resourceManager+"/projects", (*call).listProjects),
		},
		within((*call).toProject,
			get(GetProject, resourceManager+"/projects/{project}", (*call).getProject),
			get(GetOperation, operation2020, (*call).getOperation),
			get(WaitOperation, operation2020+"/wait", (*call).getOperation),
			post(CreateServicePrincipal, iamPrefix+"iam/project/{project}/service-principals", (*call).createServicePrincipal),
			get(GetServicePrincipal, principalPath, (*call).getServicePrincipal),
			del(DeleteServicePrincipal, principalPath, (*call).deleteServicePrincipal),
			put(CreateRegistry, packer2023+"/registry", withBody((*call).createRegistry)),
		),
		within((*call).toRegistry,
			get(GetRegistry, packer2023+"/registry", (*call).getRegistry),
			patch(UpdateRegistry, packer2023+"/registry", withBody((*call).updateRegistry)),
			del(DeleteRegistry, packer2023+"/registry", (*call).deleteRegistry),
		),
		within((*call).toContents,
			get(GetRunTaskConfig, packer2023+"/runtasks/config", (*call).getRunTaskConfig),
			patch(UpdateRunTaskConfig, packer2023+"/runtasks/config", withBody((*call).updateRunTaskConfig)),
			patch(RegenerateRunTaskKey, packer2023+"/runtasks/hmac", (*call).regenerateRunTaskKey),
			get(GetRunTask, packer2023+"/runtasks/{task}", (*call).getRunTask),

			get(ListBuckets, packer2023+"/buckets", (*call).listBuckets),
			put(CreateBucket, packer2023+"/buckets", withBody((*call).createBucket)),
			get(GetBucket, bucketPath, (*call).getBucket),
			patch(UpdateBucket, bucketPath, withBody((*call).updateBucket)),
			del(DeleteBucket, bucketPath, (*call).deleteBucket),
			get(ListAncestry, bucketPath+"/ancestry", (*call).listAncestry),
			get(GetEnforcedBlocks, packer2023+"/enforced_blocks/bucket/{bucket}", (*call).getEnforcedBlocks),

			get(ListChannels, bucketPath+"/channels", (*call).listChannels),
			post(CreateChannel, bucketPath+"/channels", withBody((*call).createChannel)),
			post(AssignChannel, bucketPath+"/channels/assign", withBody((*call).assignChannel)),
			get(GetChannel, channelPath, (*call).getChannel),
			patch(UpdateChannel, channelPath, withBody((*call).updateChannel)),
			del(DeleteChannel, channelPath, (*call).deleteChannel),
			get(ListAssignments, channelPath+"/history", (*call).listAssignments),

			get(ListVersions, bucketPath+"/versions", (*call).listVersions),
			post(CreateVersion, bucketPath+"/versions", withBody((*call).createVersion)),
			get(GetVersion, versionPath, (*call).getVersion),
			patch(UpdateVersion, versionPath, withBody((*call).updateVersion)),
			del(DeleteVersion, bucketPath+"/versions/{identifier}", (*call).deleteVersion),

			get(ListBuilds, versionPath+"/builds", (*call).listBuilds),
			post(CreateBuild, versionPath+"/builds", withBody((*call).createBuild)),
			get(GetBuild, buildPath, (*call).getBuild),
			patch(UpdateBuild, buildPath, withBody((*call).updateBuild)),
			del(DeleteBuild, buildPath, (*call).deleteBuild),
			search(SearchExternalArtifact, packer2023+"/_search/external_artifact", withBody((*call).searchExternalArtifact)),

			get(ListSBOMs, buildPath+"/sboms", (*call).listSBOMs),
			put(UploadSBOM, buildPath+"/sboms", withBody((*call).uploadSBOM)),
			get(GetSBOM, buildPath+"/sboms/{sbom}", (*call).getSBOM),

			get(LegacyGetChannel, packer2021+"/images/{bucket}/channels/{channel}", (*call).legacyGetChannel),
			get(LegacyGetIteration, packer2021+"/images/{bucket}/iteration", (*call).legacyGetIteration),
		),
	)
}

// within sets how routes find what their path refers to.
func within(find func(*call) error, routes ...route) []route {
	for i := range routes {
		routes[i].find = find
	}
	return routes
}

// match returns the route of a request and its path parameters. It splits the
// path before unescaping it, so that names may contain escaped slashes, and does
// not clean it, so that ".." is a name like any other. Only the slashes of resource
// names, which clients escape, count all the same.
func (s *Server) match(r *http.Request) (route, map[string]string) {
	path := r.URL.EscapedPath()
	if strings.HasPrefix(path, iamPrefix) {
		path = strings.NewReplacer("%2F", "/", "%2f", "/").Replace(path)
	}
	segments := strings.Split(path, "/")
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
