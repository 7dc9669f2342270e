from django.urls import path
from orders import views

urlpatterns = [
    path("", views.index),
    path("health/", views.health),
    path("health/live", views.live),
    path("fail", views.fail),
    path("slow", views.slow),
    path("tasks/<slug:name>", views.enqueue),
    path("results/<uuid:task_id>", views.result),
]
