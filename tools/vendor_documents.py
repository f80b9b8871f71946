"""Every operation of the five vendor documents that this exporter began with, and why it is not read where it is not.

What reads an operation stands with the collectors: here is only what they do not say. A row needs a ``reason`` exactly
while no collector reads its operation.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """A vendor's document: its title, what it is about, and the product (as in `Operation.product`) of its rows."""

    title: str
    about: str
    product: str


@dataclass(frozen=True, slots=True)
class Row:
    """An operation of a document: its section there, what it does in our words, and why it is not read."""

    section: str
    operation: str
    does: str
    reason: str = ""


WRITES = "Changes something: the exporter only reads."
PEOPLE = "People and their roles: nothing to watch, and personal data."
SETTINGS = "Settings that change when somebody changes them: no state and no number to watch."
LABELS = "Labels that place pods on nodes: no state and no number to watch."
RIGHTS = "Who may do what in a database: nothing to watch, and not for a monitor to know."

RETAILCLOUD = Document("聚石塔 OpenAPI, version 20200220", "RetailCloud, API version 2018-03-13", "retailcloud")
EMR = Document("ListFlowCluster", "EMR, API version 2016-04-08", "emr")
MODELARTS = Document("查询专属资源池列表", "ModelArts, v1", "modelarts")
ECS = Document("DescribeHpcClusters", "ECS, API version 2014-05-26", "ecs")
BATCHCOMPUTE = Document("CreateCluster", "BatchCompute, API version 2015-11-11", "batchcompute")

DOCUMENTS: dict[Document, tuple[Row, ...]] = {
    RETAILCLOUD: (
        Row("1.1.1", "CreateApp", "makes an app", WRITES),
        Row("1.1.2", "UpdateApp", "changes an app's description and roles", WRITES),
        Row("1.1.3", "ListApp", "lists the apps that the caller is a member of"),
        Row(
            "1.1.4",
            "DescribeAppDetail",
            "shows one app",
            "What ListApp has, at a call an app, and the people who work on it: personal data.",
        ),
        Row("1.1.5", "DeleteAppDetail", "deletes an app", WRITES),
        Row("1.2.1", "CreateEnvironment", "makes an environment", WRITES),
        Row("1.2.2", "UpdateEnvironment", "changes an environment's configuration and number of instances", WRITES),
        Row("1.2.3", "ListAppEnvironment", "lists the environments of an app"),
        Row("1.2.4", "DeleteAppEnvironment", "deletes an environment", WRITES),
        Row(
            "1.2.5",
            "DescribeAppEnvironmentDetail",
            "shows one environment",
            "What ListAppEnvironment has, at a call an environment, and one number more: how many instances are "
            "wanted. The latest deploy order tells how many it deploys, and ListAppInstance how many there are.",
        ),
        Row("1.3.1", "CreateDeployConfig", "makes a deploy configuration", WRITES),
        Row(
            "1.3.2",
            "ListDeployConfig",
            "lists an app's deploy configurations, with their YAML and ConfigMaps",
            "ConfigMaps may hold secrets, and there is no state and no number to watch.",
        ),
        Row("1.3.3", "DeleteDeployConfig", "deletes a deploy configuration", WRITES),
        Row("1.3.4", "UpdateDeployConfig", "changes a deploy configuration", WRITES),
        Row("1.4.1", "ListAppInstance", "lists the instances of an environment, their health and restarts"),
        Row("1.5.1", "CreatePersistentVolumeClaim", "makes a volume claim", WRITES),
        Row("1.5.2", "DeletePersistentVolumeClaim", "deletes a volume claim", WRITES),
        Row("1.5.3", "ListPersistentVolumeClaim", "lists the volume claims of an environment"),
        Row("2.1", "ListUsers", "lists users", PEOPLE),
        Row("3.1.1", "CreateSlbAP", "puts a load balancer in front of an environment", WRITES),
        Row("3.1.2", "ModifySlbAP", "changes such an access", WRITES),
        Row("3.1.3", "DeleteSlbAP", "deletes such an access", WRITES),
        Row("3.1.4", "DescribeSlbAPDetail", "shows one such access: ports, protocol, timeouts", SETTINGS),
        Row("3.1.5", "ListSlbAPs", "lists such accesses", SETTINGS),
        Row("3.2.1", "ModifyService", "changes a Kubernetes service", WRITES),
        Row("3.2.2", "DeleteService", "deletes a Kubernetes service", WRITES),
        Row("3.2.3", "ListServices", "lists Kubernetes services and their ports", SETTINGS),
        Row("3.2.4", "DescribeServiceDetail", "shows one Kubernetes service", SETTINGS),
        Row("3.2.5", "CreateService", "makes a Kubernetes service", WRITES),
        Row("4.1.1", "DeployApp", "starts a deploy order", WRITES),
        Row("4.1.2", "ListDeployOrders", "lists the deploy orders of an app"),
        Row("4.1.3", "ScaleApp", "changes how many instances an environment has", WRITES),
        Row("4.1.4", "DescribeDeployOrderDetail", "shows one deploy order"),
        Row("4.1.5", "ResumeDeploy", "lets a paused deploy order go on", WRITES),
        Row("4.1.6", "CloseDeployOrder", "ends an open deploy order as failed", WRITES),
        Row("4.2.1", "ListPods", "lists the pods of a deploy order and how far each is"),
        Row(
            "4.2.2",
            "DescribePodLog",
            "shows what a pod wrote while it started",
            "Text that an app writes: no number to watch, and it may hold anything.",
        ),
        Row(
            "4.2.3",
            "DescribePodEvents",
            "shows what Kubernetes reported of a pod",
            "Texts of one pod at a call each, which the cluster forgets after a while; ListPods tells which pods "
            "failed, and at which step.",
        ),
        Row("5.1.1", "CreatePersistentVolume", "makes a volume", WRITES),
        Row("5.1.2", "ListPersistentVolume", "lists the volumes of a cluster"),
        Row("5.1.3", "DeletePersistentVolume", "deletes a volume", WRITES),
        Row("5.2.1", "CreateNodeLabel", "makes a node label", WRITES),
        Row("5.2.2", "ListNodeLabels", "lists the node labels of a cluster", LABELS),
        Row("5.2.3", "DeleteNodeLabel", "deletes a node label", WRITES),
        Row("5.2.4", "BindNodeLabel", "puts a label on a node", WRITES),
        Row("5.2.5", "UnbindNodeLabel", "takes a label off a node", WRITES),
        Row("5.2.6", "ListNodeLabelBindings", "lists which node has which label", LABELS),
        Row("5.3.1", "CreateAppResourceAlloc", "lets an environment use a cluster", WRITES),
        Row("5.3.2", "ListAppResourceAllocs", "lists which environment may use which cluster"),
        Row("5.3.3", "DeleteAppResourceAlloc", "takes a cluster from an environment", WRITES),
        Row(
            "5.3.4",
            "DescribeAppResourceAlloc",
            "shows which cluster an environment may use",
            "One row of ListAppResourceAllocs, which gives all of them with a call or two.",
        ),
        Row("5.4.1", "ListCluster", "lists the clusters"),
        Row("5.4.2", "DeleteCluster", "deletes a cluster", WRITES),
        Row("5.4.3", "ListClusterNode", "lists the nodes of a cluster"),
        Row("5.4.4", "QueryClusterDetail", "shows the load and the pods of a cluster"),
        Row("5.4.5", "AddClusterNode", "adds machines to a cluster", WRITES),
        Row("5.4.6", "RemoveClusterNode", "takes machines out of a cluster", WRITES),
        Row("5.4.7", "CreateCluster", "makes a cluster", WRITES),
        Row(
            "5.4.8",
            "ListAvailableClusterNode",
            "lists machines that could be added to a cluster",
            "Machines that belong to no cluster: nothing of what is watched here depends on them.",
        ),
        Row(
            "6.1",
            "DescribeDatabases",
            "lists the databases of an RDS instance and who may use them",
            "Its one state tells whether a database is just being made or deleted; the rest is who may do what.",
        ),
        Row("6.2", "DeleteRdsAccount", "deletes a database account", WRITES),
        Row("6.3", "DescribeRdsAccounts", "lists database accounts and their rights", RIGHTS),
        Row("6.4", "GrantDbToAccount", "gives an account rights in a database", WRITES),
        Row("6.5", "CreateDb", "makes a database", WRITES),
        Row("6.6", "DeleteDatabase", "deletes a database", WRITES),
        Row("6.7", "GetRdsBackUp", "lists the backup sets of an RDS instance"),
    ),
    EMR: (Row("–", "ListFlowCluster", "lists the clusters of a project of the data platform"),),
    MODELARTS: (Row("–", "GET /v1/{project_id}/clusters", "lists the dedicated resource pools"),),
    ECS: (Row("–", "DescribeHpcClusters", "lists HPC clusters"),),
    BATCHCOMPUTE: (Row("–", "POST /clusters", "makes a cluster (CreateCluster)", WRITES),),
}
