"""Target engagement as a reader meets it: a function a thing shown, and the claims of the report."""

from lib.door import expose
from reports.present.target_engagement.answers import claims as claims
from reports.present.target_engagement.detection import quality as quality
from reports.present.target_engagement.kinetics import course as course
from reports.present.target_engagement.kinetics import half_lives as half_lives
from reports.present.target_engagement.kinetics import time_courses as time_courses
from reports.present.target_engagement.potency import curves as curves
from reports.present.target_engagement.potency import doses as doses
from reports.present.target_engagement.record import limits as limits
from reports.present.target_engagement.record import published as published
from reports.present.target_engagement.signalling import edges as edges
from reports.present.target_engagement.signalling import pathway as pathway
from reports.present.target_engagement.signalling import predictions as predictions

__dir__ = expose(globals(), numbered=True)
