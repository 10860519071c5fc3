"""The gateway over HTTP: other services, several together or one of them as it is."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request, Response

from src.api.errors import Responses, answers
from src.core.forwarding import forward
from src.core.services import Method, Services
from src.crud.aggregation import Aggregation, aggregation_of
from src.schemas.aggregation import AggregatedData, Dashboard, ServicesSummary

router = APIRouter(tags=["gateway"])


# `async`, although they wait for nothing: FastAPI runs a plain function in a thread.
async def get_aggregation(request: Request) -> Aggregation:
    return aggregation_of(request.app.state)


async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


AggregationDep = Annotated[Aggregation, Depends(get_aggregation)]
ServicesDep = Annotated[Services, Depends(get_services)]

NO_SERVICE = answers({404: "Service not found"})
FORWARDED: Responses = (
    NO_SERVICE
    | answers(
        {
            400: "The path leads out of the service",
            405: "The service does not get this method",
            413: "The body is too large",
            502: "The service's answer is of no use",
        }
    )
    | {"default": {"description": "The service's own answer", "content": {"*/*": {}}}}
)
BODY: dict[str, Any] = {"requestBody": {"content": {"*/*": {}}}}


@router.get("/aggregate-services", responses=NO_SERVICE)
async def aggregate_services(aggregation: AggregationDep) -> ServicesSummary:
    return await aggregation.summary()


@router.get("/aggregate-data", responses=NO_SERVICE)
async def aggregate_data(aggregation: AggregationDep) -> AggregatedData:
    return await aggregation.data()


@router.get("/dashboard/", responses=NO_SERVICE)
async def gather_dashboard(aggregation: AggregationDep) -> Dashboard:
    return await aggregation.dashboard()


@router.get("/proxy/{item_id}", responses=FORWARDED, response_class=Response)
async def proxy_item(item_id: str, services: ServicesDep, request: Request) -> Response:
    """An item of the service `shop`."""
    return await forward(services, "shop", f"items/{item_id}", request)


async def forward_to_service(
    service: str, path: str, services: ServicesDep, request: Request
) -> Response:
    """What the service answers at this path. Bodies are passed on piece by piece."""
    return await forward(services, service, path, request)


# One by one: OpenAPI wants another name for each method.
for method in get_args(Method):
    router.add_api_route(
        "/proxy/{service}/{path:path}",
        forward_to_service,
        methods=[method],
        name=f"forward_{method.lower()}",
        responses=FORWARDED,
        response_class=Response,
        openapi_extra=None if method in {"GET", "HEAD"} else BODY,
    )
