import { Experiment, type User } from 'azuraforge-dbmodels';
import type { SelectQueryBuilder } from 'typeorm';
import { visibleTo } from '../../auth/policy.ts';
import { ApiError } from '../../error.ts';
import { isUuid } from '../../http/id.ts';
import type { Services } from '../../services.ts';

/** The experiments that a user may see, with what presenters need. */
export function visibleExperiments({ database }: Services, user: User): SelectQueryBuilder<Experiment> {
  const query = database
    .getRepository(Experiment)
    .createQueryBuilder('row')
    .innerJoin('row.owner', 'owner')
    .addSelect(['owner.id', 'owner.username'])
    .leftJoin('row.model', 'model')
    .addSelect('model.id');
  const { ownerId } = visibleTo(user);
  return ownerId ? query.where('row.ownerId = :ownerId', { ownerId }) : query;
}

/** Somebody else's experiment is as unknown as one that never was. Throws EXPERIMENT_NOT_FOUND. */
export async function findExperiment(services: Services, user: User, id: string): Promise<Experiment> {
  const experiment = isUuid(id)
    ? await visibleExperiments(services, user).andWhere('row.id = :id', { id }).getOne()
    : null;
  if (experiment) return experiment;
  throw new ApiError(
    'EXPERIMENT_NOT_FOUND',
    'There is no experiment with this id; open it from the list of experiments.',
  );
}
